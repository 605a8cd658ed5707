import { HealthWatch } from '@lumenfall/execution';
import { priceUsage } from '@lumenfall/metering';
import { GENERATION, type ProviderFailure } from '@lumenfall/providers';
import { createLogger } from '@lumenfall/service-kit';
import {
  anImageJob,
  fetchBytes,
  generation,
  notAnImage,
  image,
  refusal,
  scriptedImages,
  type ImageScript,
} from '../../test/scripted-images.js';
import { sharesOf } from './call-offering.js';
import { NO_FILES } from './image-files.js';
import { runImageRoute, type ImageJob } from './image-route.js';

async function run(job: ImageJob, scripts: Parameters<typeof scriptedImages>[0]) {
  const { clients, asked } = scriptedImages(scripts);
  const health = new HealthWatch(null, createLogger('test', 'silent'));
  const pause = async (): Promise<void> => undefined;
  const end = await runImageRoute(job, {
    clients,
    health,
    pause,
    limits: GENERATION,
    fetchMedia: fetchBytes,
    signal: new AbortController().signal,
    inputs: NO_FILES,
  });
  return { ...end, asked, micros: priceUsage(end.charge).totalMicros };
}

const works: ImageScript = { generate: async () => generation([await image()]) };
const fails = (kind: Parameters<typeof refusal>[0]): ImageScript => ({ generate: async () => refusal(kind) });

describe('runImageRoute', () => {
  it('makes parallel calls if a provider makes one image a call, at the estimated cost', async () => {
    const { images, asked, micros, attempts } = await run(anImageJob(['gemini'], { n: 3 }), { gemini: works });
    expect([images.length, asked, micros]).toEqual([
      3,
      [
        ['gemini', 1],
        ['gemini', 1],
        ['gemini', 1],
      ],
      120_000,
    ]);
    expect(attempts).toMatchObject([{ provider: 'gemini', status: 'succeeded' }]);
  });

  it('requests several images in one call if the provider makes several', async () => {
    const script: ImageScript = {
      perCall: 2,
      generate: async (_call, { n }) => generation(await Promise.all(Array.from({ length: n }, () => image()))),
    };
    const { images, asked } = await run(anImageJob(['openai'], { n: 5 }), { openai: script });
    expect([images.length, asked.map(([, n]) => n)]).toEqual([5, [2, 2, 1]]);
  });

  it('fails over for the missing images and charges each where it was made', async () => {
    const half: ImageScript = {
      generate: async (call) => (call === 1 ? refusal('transient') : generation([await image()])),
    };
    const { images, asked, micros, attempts } = await run(anImageJob(['gemini', 'openai'], { n: 3 }), {
      gemini: half,
      openai: works,
    });
    expect(images).toHaveLength(3);
    expect(asked.at(-1)).toEqual(['openai', 1]);
    expect(micros).toBe(40_000 + 40_000 + 50_000);
    expect(attempts.map(({ provider, status }) => [provider, status])).toEqual([
      ['gemini', 'succeeded'],
      ['gemini', 'failed'],
      ['openai', 'succeeded'],
    ]);
  });

  it('delivers and charges the images that were made if the others fail', async () => {
    const half: ImageScript = {
      generate: async (call) => (call === 1 ? refusal('moderation') : generation([await image()])),
    };
    const { images, micros, failure, asked } = await run(anImageJob(['gemini', 'openai'], { n: 2 }), {
      gemini: half,
      openai: works,
    });
    expect([images.length, micros, failure?.kind]).toEqual([1, 40_000, 'moderation']);
    expect(asked.every(([provider]) => provider === 'gemini')).toBe(true);
  });

  it.each(['empty', 'rate', 'auth', 'timeout', 'transient'] as const)('fails over after %s', async (kind) => {
    const { images, offering } = await run(anImageJob(['gemini', 'openai']), { gemini: fails(kind), openai: works });
    expect([images.length, offering.provider]).toEqual([1, 'openai']);
  });

  it.each(['client', 'moderation', 'cancelled', 'ambiguous'] as const)('does not fail over after %s', async (kind) => {
    const { images, asked, micros } = await run(anImageJob(['gemini', 'openai']), {
      gemini: fails(kind),
      openai: works,
    });
    expect([images.length, asked.length, micros]).toEqual([0, 1, 0]);
  });

  it('does not repeat a paid call at the only provider after an answer without an image', async () => {
    const { asked, failure } = await run(anImageJob(['gemini']), { gemini: fails('empty') });
    expect([asked, failure?.kind]).toEqual([[['gemini', 1]], 'empty']);
  });

  it('counts a file that is not an image as not made', async () => {
    const { images, offering, attempts } = await run(anImageJob(['gemini', 'openai']), {
      gemini: { generate: async () => generation([notAnImage()]) },
      openai: works,
    });
    expect([images.length, offering.provider, attempts[0]?.failure]).toEqual([1, 'openai', 'empty']);
  });

  it('delivers the requested format with measured dimensions', async () => {
    const { images } = await run(anImageJob(['gemini'], { outputFormat: 'webp', outputCompression: 50 }), {
      gemini: works,
    });
    expect(images).toMatchObject([
      { format: 'webp', extension: 'webp', contentType: 'image/webp', width: 64, height: 32 },
    ]);
  });

  it('keeps the bytes of the provider if no format was requested', async () => {
    const made = await image('jpeg');
    const { images } = await run(anImageJob(['gemini']), { gemini: { generate: async () => generation([made]) } });
    expect(images).toMatchObject([{ format: 'jpeg', extension: 'jpg', contentType: 'image/jpeg' }]);
    expect(made.source.kind === 'bytes' && images[0]?.bytes === made.source.bytes).toBe(true);
  });

  it('neither delivers nor charges images beyond those requested', async () => {
    const generous: ImageScript = { generate: async () => generation([await image(), await image()]) };
    const { images, micros, attempts } = await run(anImageJob(['gemini']), { gemini: generous });
    expect([images.length, micros]).toEqual([1, 40_000]);
    expect(attempts).toMatchObject([{ costMicros: 80_000, costBasis: 'flat', chargedMicros: 40_000 }]);
  });

  it('notes what a provider charged us for files that are not images', async () => {
    const { attempts, micros } = await run(anImageJob(['gemini', 'openai']), {
      gemini: { generate: async () => generation([notAnImage()]) },
      openai: works,
    });
    expect(micros).toBe(50_000);
    expect(attempts).toMatchObject([
      { provider: 'gemini', status: 'failed', costMicros: 40_000, costBasis: 'flat', chargedMicros: 0 },
      { provider: 'openai', status: 'succeeded', costMicros: 50_000, costBasis: 'flat', chargedMicros: 50_000 },
    ]);
  });
});

it.each([
  [1, 1, [1]],
  [5, 2, [2, 2, 1]],
  [3, 10, [3]],
  [2, 0, [1, 1]],
])('requests %d images at %d a call as %j', (wanted, perCall, shares) => {
  expect(sharesOf(wanted, perCall)).toEqual(shares);
});

describe('runImageRoute after a call of unknown outcome', () => {
  const lost = refusal('ambiguous');
  type LookUp = NonNullable<ImageScript['lookUp']>;
  const found = async (): ReturnType<LookUp> => ({
    ok: true,
    value: { found: 'work', outcome: generation([await image()]) },
  });
  const route = (lookUp?: LookUp) =>
    run(anImageJob(['gemini', 'openai']), {
      gemini: { generate: async () => lost, ...(lookUp && { lookUp }) },
      openai: works,
    });

  it('looks the work up, delivers it and charges it once', async () => {
    let looks = 0;
    const { images, asked, micros, attempts } = await route(async () =>
      (looks += 1) < 2 ? { ok: true, value: { found: 'nothing' } } : found(),
    );
    expect([images.length, asked, micros]).toEqual([1, [['gemini', 1]], 40_000]);
    expect(attempts).toMatchObject([{ provider: 'gemini', status: 'succeeded', costMicros: 40_000 }]);
  });

  it('fails over if the provider certainly has no work', async () => {
    const { asked, attempts } = await route(async () => ({ ok: true, value: { found: 'nothing' } }));
    expect(asked).toEqual([
      ['gemini', 1],
      ['openai', 1],
    ]);
    expect(attempts).toMatchObject([{ failure: 'timeout' }, { provider: 'openai', status: 'succeeded' }]);
  });

  it('takes the outcome that the provider reports for the work', async () => {
    const refused: LookUp = async () => ({ ok: true, value: { found: 'work', outcome: refusal('moderation') } });
    const { asked, failure } = await route(refused);
    expect([asked, failure?.kind]).toEqual([[['gemini', 1]], 'moderation']);
  });

  it.each([
    ['cannot be asked', undefined],
    ['does not answer', async () => refusal('transient') as { ok: false; error: ProviderFailure }],
  ] as const)('are never begun a second time where the provider %s', async (_what, lookUp) => {
    const { asked, failure, micros } = await route(lookUp);
    expect([asked, failure?.kind, micros]).toEqual([[['gemini', 1]], 'ambiguous', 0]);
  });

  it('gives each call its own id and shares no work between calls', async () => {
    const names: string[] = [];
    const taken: boolean[] = [];
    const script: ImageScript = {
      generate: async (_call, _request, _signal, context) => {
        names.push(context.callId);
        taken.push(await context.claim('the-same-work'));
        return generation([await image()]);
      },
    };
    await run(anImageJob(['gemini'], { n: 3 }), { gemini: script });
    expect([new Set(names).size, taken.filter(Boolean).length]).toEqual([3, 1]);
  });
});
