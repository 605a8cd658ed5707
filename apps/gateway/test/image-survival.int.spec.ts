import { newRequestId, type GeneratedImage, type JobPayload } from '@lumenfall/contracts';
import { startService, type RunningService } from '@lumenfall/service-kit';
import { describeWithRedis, eventually, testRedisUrl } from '@lumenfall/testing';
import { gatewayService } from '../src/service.js';
import { endImageRun, imagesPart } from './end-image-run.js';
import { BASICS, EDITS, form, type Part } from './image-harness.js';
import { anImage } from './test-images.js';
import { errorOf, RunningGateway } from './running-gateway.js';
import type { Send } from './scripted-worker.js';

const GENERATIONS = '/openai/v1/images/generations';
const FIRST = { 'x-stainless-retry-count': '0' };
const REPEAT = { 'x-stainless-retry-count': '1' };

interface Answer {
  id: string;
  created: number;
  data: { url?: string; b64_json?: string; revised_prompt?: string }[];
}

function survives(queueUrl: () => string | undefined): void {
  const gateway = new RunningGateway();
  /** A second gateway, on the same database, queue and store. */
  let other: RunningService;
  let jobs: JobPayload<'image.generate'>[] = [];
  let aborted = 0;
  let release: () => void = () => undefined;
  let held: Promise<void> = Promise.resolve();
  let made = 0;

  beforeAll(async () => {
    await gateway.start({ SHUTDOWN_GRACE_MS: '200' }, queueUrl());
    other = await startService(gatewayService, gateway.environment);
  });
  afterAll(async () => {
    await other.close();
    await gateway.stop();
  });
  beforeEach(() => {
    jobs = [];
    aborted = 0;
    held = Promise.resolve();
    gateway.worker.image = async (job, send, { signal }) => {
      jobs.push(job);
      const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      await Promise.race([held, gone]);
      if (signal.aborted) aborted += 1;
      else await finish(job, send);
    };
  });

  async function finish(job: JobPayload<'image.generate'>, send: Send): Promise<void> {
    const images = await Promise.all(Array.from({ length: job.request.n }, storedImage));
    await endImageRun(gateway.database, job, imagesPart(images), send);
  }

  async function storedImage(): Promise<GeneratedImage> {
    made += 1;
    const options = { contentType: 'image/png', extension: 'png', expiresAt: Date.now() + 3_600_000 };
    const file = await gateway.media.save(Buffer.from(`image ${made}`), options);
    return { file, width: 8, height: 8, format: 'png', revisedPrompt: `revised ${made}` };
  }

  /** Workers wait until `release()`. */
  const hold = (): void => void (held = new Promise((resolve) => (release = resolve)));
  const aBody = (more: object = {}) => ({ model: 'gemini-3-pro-image', prompt: `A fox ${newRequestId()}`, ...more });
  const aKey = () => ({ 'idempotency-key': newRequestId() });
  const at = (
    service: RunningService,
    path: string,
    init: Parameters<RunningGateway['call']>[1],
  ): Promise<Response> => {
    const { json, ...rest } = init ?? {};
    const headers = new Headers(rest.headers);
    headers.set('authorization', `Bearer ${gateway.key}`);
    if (json !== undefined) headers.set('content-type', 'application/json');
    const sent = json === undefined ? rest : { ...rest, method: 'POST', body: JSON.stringify(json) };
    return fetch(`${service.url}${path}`, { ...sent, headers });
  };
  const ask = (service: RunningService, json: object, headers: Record<string, string>, signal?: AbortSignal) =>
    at(service, GENERATIONS, { json, headers, ...(signal && { signal }) });
  const read = async (answer: Response): Promise<Answer> => {
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  };

  /** Leaves what a killed gateway leaves: a run with its job, and no process that waits for it. */
  async function deadGateway(json: object, headers: Record<string, string>): Promise<JobPayload<'image.generate'>> {
    hold();
    const leaving = new AbortController();
    const asked = ask(other, json, headers, leaving.signal).catch(() => 'broken');
    const [job] = await eventually(() => (jobs.length > 0 ? jobs : null));
    if (job === undefined) throw new Error('No job came');
    leaving.abort();
    await asked;
    return job;
  }

  it.each([
    ['the same idempotency key', aKey(), {}],
    ['a mark', FIRST, REPEAT],
  ])('a repeat by %s joins the request that another gateway accepted', async (_how, first, repeat) => {
    const body = aBody();
    hold();
    const begun = ask(other, body, first);
    await eventually(() => jobs.length === 1);
    const joined = ask(gateway.service, body, { ...first, ...repeat });
    // Long enough for a request of its own to have come to the worker.
    await new Promise((resolve) => setTimeout(resolve, 500));
    release();
    const [one, two] = await Promise.all([begun, joined].map(async (answer) => read(await answer)));
    expect(two).toMatchObject({ id: one?.id, created: one?.created });
    expect(two?.data.map(({ revised_prompt }) => revised_prompt)).toEqual(
      one?.data.map(({ revised_prompt }) => revised_prompt),
    );
    expect(jobs).toHaveLength(1);
  });

  it.each([
    ['the same idempotency key', aKey(), {}],
    ['a mark', FIRST, REPEAT],
  ])(
    'a repeat by %s is answered with the images of a request whose gateway was killed',
    async (_how, first, repeat) => {
      const body = aBody({ n: 2 });
      const job = await deadGateway(body, first);
      const holds = gateway.billing.holds.size;
      const asked = ask(gateway.service, body, { ...first, ...repeat });
      await finish(job, async () => undefined);
      const answer = await read(await asked);
      expect(answer).toMatchObject({ id: job.requestContext.requestId, created: 1_700_000_000, data: [{}, {}] });
      expect([jobs.length, aborted, gateway.billing.holds.size]).toEqual([1, 0, holds]);
      expect(await read(await ask(gateway.service, body, { ...first, ...repeat }))).toEqual(answer);
      release();
    },
  );

  it('images under an idempotency key are made although their client has left', async () => {
    const [body, key] = [aBody(), aKey()];
    hold();
    const leaving = new AbortController();
    const asked = ask(gateway.service, body, key, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await asked;
    // Longer than a job lingers after its client left.
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(aborted).toBe(0);
    release();
    expect((await read(await ask(other, body, key))).id).toBe(jobs[0]?.requestContext.requestId);
    expect(jobs).toHaveLength(1);
  });

  it('a gateway that closes answers 503, and another gateway replays the images', async () => {
    const leaving = await startService(gatewayService, gateway.environment);
    const [body, key] = [aBody(), aKey()];
    hold();
    const asked = ask(leaving, body, key);
    await eventually(() => jobs.length === 1);
    const left = leaving.close();
    const answer = await asked;
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('x-should-retry')]).toEqual([
      503,
      '1',
      null,
    ]);
    expect((await errorOf(answer)).code).toBe('OVERLOADED');
    await left;
    release();
    expect((await read(await ask(gateway.service, body, key))).id).toBe(jobs[0]?.requestContext.requestId);
    expect([jobs.length, aborted]).toEqual([1, 0]);
  });

  it('the input images of an edit stay when its gateway closes', async () => {
    const leaving = await startService(gatewayService, gateway.environment);
    hold();
    const image = await anImage();
    const body = form(['model', 'gemini-3-pro-image'], ['prompt', 'At night'], ['image', image]);
    const asked = at(leaving, EDITS, { method: 'POST', body, headers: aKey() });
    await eventually(() => jobs.length === 1);
    const left = leaving.close();
    expect((await asked).status).toBe(503);
    await left;
    const [input] = jobs[0]?.request.inputs ?? [];
    expect(Buffer.from((await (await gateway.media.open(input?.name ?? ''))?.bytes()) ?? [])).toEqual(image);
    release();
  });

  describe('an image answer is replayed', () => {
    it.each<[string, object]>([
      ['in base64', { response_format: 'b64_json' }],
      ['with all of its images', { n: 3 }],
      ['in both forms', { model: 'gpt-image-1.5' }],
    ])('%s', async (_what, more) => {
      const [body, key] = [aBody(more), aKey()];
      const first = await read(await ask(gateway.service, body, key));
      const again = await read(await ask(other, body, key));
      const ofOther = (text: string): string => text.replaceAll(new URL(gateway.service.url).port, 'port');
      const plain = (answer: Answer): string =>
        ofOther(JSON.stringify(answer)).replaceAll(new URL(other.url).port, 'port');
      expect(plain(again)).toBe(plain(first));
      expect(jobs).toHaveLength(1);
    });

    it('with the images that were made, if others failed', async () => {
      gateway.worker.image = async (job, send) => {
        jobs.push(job);
        await endImageRun(gateway.database, job, imagesPart([await storedImage()]), send);
      };
      const [body, key] = [aBody({ n: 3 }), aKey()];
      const first = await read(await ask(gateway.service, body, key));
      expect(first.data).toHaveLength(1);
      expect(await read(await ask(gateway.service, body, key))).toEqual(first);
      expect(jobs).toHaveLength(1);
    });

    it.each<[string, Part[]]>([
      ['an edit', [...BASICS.filter(([name]) => name === 'prompt'), ['model', 'gemini-3-pro-image']]],
      [
        'an upscale',
        [
          ['model', 'topaz-image-upscale'],
          ['scale_factor', '2'],
        ],
      ],
    ])('for %s', async (_what, parts) => {
      const [image, headers] = [await anImage(), aKey()];
      const edit = (): Promise<Response> =>
        gateway.call(EDITS, { method: 'POST', body: form(...parts, ['image', image]), headers });
      const first = await read(await edit());
      expect(await read(await edit())).toEqual(first);
      expect(jobs).toHaveLength(1);
    });

    it('unless one of its files was deleted: that is a new request', async () => {
      const [body, key] = [aBody({ n: 2 }), aKey()];
      const first = await read(await ask(gateway.service, body, key));
      await gateway.media.remove(first.data[1]?.url?.split('/').at(-1) ?? '');
      const second = await read(await ask(gateway.service, body, key));
      expect(second.id).not.toBe(first.id);
      expect(second.data).toHaveLength(2);
      expect(await read(await ask(gateway.service, body, key))).toEqual(second);
      expect(jobs).toHaveLength(2);
    });
  });
}

describe('an image answer, with a queue on PostgreSQL:', () => survives(() => undefined));
describeWithRedis('an image answer, with a queue on Redis:', () => survives(testRedisUrl));
