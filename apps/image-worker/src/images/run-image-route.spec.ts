import { HealthWatch } from '@lumenfall/execution';
import { priceUsage } from '@lumenfall/metering';
import { GENERATION, type ProviderFailure } from '@lumenfall/providers';
import { createLogger } from '@lumenfall/service-kit';
import {
  anImageJob,
  fetchBytes,
  generation,
  notAPicture,
  picture,
  refusal,
  scriptedImages,
  type ImageScript,
} from '../../test/scripted-images.js';
import { sharesOf } from './call-offering.js';
import { NO_FILES } from './read-inputs.js';
import { runImageRoute, type ImageJob } from './run-image-route.js';

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

const works: ImageScript = { generate: async () => generation([await picture()]) };
const fails = (kind: Parameters<typeof refusal>[0]): ImageScript => ({ generate: async () => refusal(kind) });

describe('images on their route', () => {
  it('are made by calls in parallel where a provider makes one at a time, and cost the estimate', async () => {
    const { pictures, asked, micros, attempts } = await run(anImageJob(['gemini'], { n: 3 }), { gemini: works });
    expect([pictures.length, asked, micros]).toEqual([
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

  it('are asked for together where a provider makes several', async () => {
    const script: ImageScript = {
      perCall: 2,
      generate: async (_call, { n }) => generation(await Promise.all(Array.from({ length: n }, () => picture()))),
    };
    const { pictures, asked } = await run(anImageJob(['openai'], { n: 5 }), { openai: script });
    expect([pictures.length, asked.map(([, n]) => n)]).toEqual([5, [2, 2, 1]]);
  });

  it('that fail are asked for elsewhere, and each is charged where it was made', async () => {
    const half: ImageScript = {
      generate: async (call) => (call === 1 ? refusal('transient') : generation([await picture()])),
    };
    const { pictures, asked, micros, attempts } = await run(anImageJob(['gemini', 'openai'], { n: 3 }), {
      gemini: half,
      openai: works,
    });
    expect(pictures).toHaveLength(3);
    expect(asked.at(-1)).toEqual(['openai', 1]);
    expect(micros).toBe(40_000 + 40_000 + 50_000);
    expect(attempts.map(({ provider, status }) => [provider, status])).toEqual([
      ['gemini', 'succeeded'],
      ['gemini', 'failed'],
      ['openai', 'succeeded'],
    ]);
  });

  it('that were made are kept where the others cannot be had, and only they are charged', async () => {
    const half: ImageScript = {
      generate: async (call) => (call === 1 ? refusal('moderation') : generation([await picture()])),
    };
    const { pictures, micros, failure, asked } = await run(anImageJob(['gemini', 'openai'], { n: 2 }), {
      gemini: half,
      openai: works,
    });
    expect([pictures.length, micros, failure?.kind]).toEqual([1, 40_000, 'moderation']);
    expect(asked.every(([provider]) => provider === 'gemini')).toBe(true);
  });

  it.each(['empty', 'rate', 'auth', 'timeout', 'transient'] as const)('are made elsewhere after %s', async (kind) => {
    const { pictures, offering } = await run(anImageJob(['gemini', 'openai']), { gemini: fails(kind), openai: works });
    expect([pictures.length, offering.provider]).toEqual([1, 'openai']);
  });

  it.each(['client', 'moderation'] as const)('are not made elsewhere after %s', async (kind) => {
    const { pictures, asked, micros } = await run(anImageJob(['gemini', 'openai']), {
      gemini: fails(kind),
      openai: works,
    });
    expect([pictures.length, asked.length, micros]).toEqual([0, 1, 0]);
  });

  it('that are no pictures count as not made', async () => {
    const { pictures, offering, attempts } = await run(anImageJob(['gemini', 'openai']), {
      gemini: { generate: async () => generation([notAPicture()]) },
      openai: works,
    });
    expect([pictures.length, offering.provider, attempts[0]?.failure]).toEqual([1, 'openai', 'empty']);
  });

  it('come in the format that was asked for, measured', async () => {
    const { pictures } = await run(anImageJob(['gemini'], { outputFormat: 'webp', outputCompression: 50 }), {
      gemini: works,
    });
    expect(pictures).toMatchObject([
      { format: 'webp', extension: 'webp', contentType: 'image/webp', width: 64, height: 32 },
    ]);
  });

  it('keep the very bytes of the provider where nothing else was asked for', async () => {
    const made = await picture('jpeg');
    const { pictures } = await run(anImageJob(['gemini']), { gemini: { generate: async () => generation([made]) } });
    expect(pictures).toMatchObject([{ format: 'jpeg', extension: 'jpg', contentType: 'image/jpeg' }]);
    expect(made.source.kind === 'bytes' && pictures[0]?.bytes === made.source.bytes).toBe(true);
  });

  it('beyond those asked for are neither delivered nor charged', async () => {
    const generous: ImageScript = { generate: async () => generation([await picture(), await picture()]) };
    const { pictures, micros } = await run(anImageJob(['gemini']), { gemini: generous });
    expect([pictures.length, micros]).toEqual([1, 40_000]);
  });
});

it.each([
  [1, 1, [1]],
  [5, 2, [2, 2, 1]],
  [3, 10, [3]],
  [2, 0, [1, 1]],
])('%d images at %d a call are asked for as %j', (wanted, perCall, shares) => {
  expect(sharesOf(wanted, perCall)).toEqual(shares);
});

describe('images whose call nobody saw the end of', () => {
  const lost = refusal('ambiguous');
  type LookUp = NonNullable<ImageScript['lookUp']>;
  const found = async (): ReturnType<LookUp> => ({
    ok: true,
    value: { found: 'work', outcome: generation([await picture()]) },
  });
  const route = (lookUp?: LookUp) =>
    run(anImageJob(['gemini', 'openai']), {
      gemini: { generate: async () => lost, ...(lookUp && { lookUp }) },
      openai: works,
    });

  it('are looked for, delivered, and charged once', async () => {
    let looks = 0;
    const { pictures, asked, micros, attempts } = await route(async () =>
      (looks += 1) < 2 ? { ok: true, value: { found: 'nothing' } } : found(),
    );
    expect([pictures.length, asked, micros]).toEqual([1, [['gemini', 1]], 40_000]);
    expect(attempts).toMatchObject([{ provider: 'gemini', status: 'succeeded', costMicros: 40_000 }]);
  });

  it('are made elsewhere where the provider certainly did not take them', async () => {
    const { asked, attempts } = await route(async () => ({ ok: true, value: { found: 'nothing' } }));
    expect(asked).toEqual([
      ['gemini', 1],
      ['openai', 1],
    ]);
    expect(attempts).toMatchObject([{ failure: 'timeout' }, { provider: 'openai', status: 'succeeded' }]);
  });

  it('end as the provider says that they ended', async () => {
    const refused: LookUp = async () => ({ ok: true, value: { found: 'work', outcome: refusal('moderation') } });
    const { asked, failure } = await route(refused);
    expect([asked, failure?.kind]).toEqual([[['gemini', 1]], 'moderation']);
  });

  it.each([
    ['cannot be asked', undefined],
    ['does not answer', async () => refusal('transient') as { ok: false; failure: ProviderFailure }],
  ] as const)('are never begun a second time where the provider %s', async (_what, lookUp) => {
    const { asked, failure, micros } = await route(lookUp);
    expect([asked, failure?.kind, micros]).toEqual([[['gemini', 1]], 'ambiguous', 0]);
  });

  it('name each call by itself, and share no work', async () => {
    const names: string[] = [];
    const taken: boolean[] = [];
    const script: ImageScript = {
      generate: async (_call, _request, _signal, context) => {
        names.push(context.callId);
        taken.push(await context.claim('the-same-work'));
        return generation([await picture()]);
      },
    };
    await run(anImageJob(['gemini'], { n: 3 }), { gemini: script });
    expect([new Set(names).size, taken.filter(Boolean).length]).toEqual([3, 1]);
  });
});
