import { newRequestId, type HoldOwner } from '@lumenfall/contracts';
import type { NewImageRun } from '@lumenfall/image-runs';
import { createLogger } from '@lumenfall/service-kit';
import { eventually } from '@lumenfall/testing';
import { IdempotentReplay } from '../src/images/idempotent-replay.js';
import { endImageRun, imagesPart } from './end-image-run.js';
import { anImage } from './test-images.js';
import { errorOf, RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
const GENERATIONS = '/openai/v1/images/generations';
const EDITS = '/openai/v1/images/edits';

interface Answer {
  id: string;
  data: { url: string }[];
}

/** Request ids in order of arrival, and of the jobs that were aborted. */
let jobs: string[] = [];
let aborted: string[] = [];
let release: () => void = () => undefined;
let held: Promise<void> | null = null;

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  jobs = [];
  aborted = [];
  held = null;
  gateway.worker.image = async (job, send, { signal }) => {
    const { requestId } = job.requestContext;
    jobs.push(requestId);
    const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (held !== null) await Promise.race([held, gone]);
    if (signal.aborted) return void aborted.push(requestId);
    const expiresAt = Date.now() + 3_600_000;
    const file = await gateway.media.save(Buffer.from(requestId), {
      contentType: 'image/png',
      extension: 'png',
      expiresAt,
    });
    const image = { file, width: 8, height: 8, format: 'png', revisedPrompt: null };
    await endImageRun(gateway.database, job, imagesPart([image]), send);
  };
});

/** Workers wait until `release()`. */
const hold = (): void => void (held = new Promise((resolve) => (release = resolve)));

let made = 0;
/** A prompt per test, so that no test repeats the request of another. */
const aBody = () => ({ model: 'gemini-3-pro-image', prompt: `A cat, number ${(made += 1)}` });
const ask = (json: object, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> =>
  gateway.call(GENERATIONS, { json, headers, ...(signal && { signal }) });
const read = async (answer: Response): Promise<Answer> => {
  if (answer.status !== 200) throw new Error(await answer.text());
  return (await answer.json()) as Answer;
};
const FIRST = { 'x-stainless-retry-count': '0' };
const REPEAT = { 'x-stainless-retry-count': '1' };

describe('an image request with an idempotency key', () => {
  it('is replayed without being generated or paid again', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    const first = await read(await ask(body, key));
    const holds = gateway.billing.holds.size;
    const second = await read(await ask({ ...body, n: null }, key));
    expect(second).toEqual(first);
    expect([jobs, gateway.billing.holds.size]).toEqual([[first.id], holds]);
  });

  it('is generated once for any number of concurrent repeats', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    hold();
    const asked = Array.from({ length: 4 }, () => ask(body, key));
    await eventually(() => jobs.length === 1);
    setTimeout(release, 300);
    const answers = await Promise.all((await Promise.all(asked)).map(read));
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(jobs));
    expect(jobs).toHaveLength(1);
  });

  it('is refused with another body under the same key', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    await read(await ask(body, key));
    const answer = await ask({ ...body, n: 2 }, key);
    expect([answer.status, (await errorOf(answer)).code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });

  it('may have the key in its body, which is not sent to a provider', async () => {
    const body = { ...aBody(), idempotency_key: newRequestId() };
    const first = await read(await ask(body));
    expect(await read(await ask(body))).toEqual(first);
    const answer = await ask(body, { 'idempotency-key': 'another' });
    expect([answer.status, (await errorOf(answer)).param]).toEqual([400, 'idempotency_key']);
  });

  it('is generated again if it failed or was refused', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    const works = gateway.worker.image;
    const error = { code: 'ALL_PROVIDERS_EXHAUSTED', message: 'no', param: null } as const;
    gateway.worker.image = (job, send) =>
      endImageRun(gateway.database, job, { type: 'error', error, executedModel: null }, send);
    expect((await ask(body, key)).status).toBe(502);
    gateway.worker.image = works;
    gateway.billing.balanceMicros = 1;
    expect((await ask(body, key)).status).toBe(402);
    gateway.billing.balanceMicros = 10_000_000;
    expect((await read(await ask(body, key))).data).toHaveLength(1);
  });

  it('identifies an edit by the bytes of its images', async () => {
    const [one, other] = [await anImage('png', 40, 40), await anImage('png', 40, 40)];
    const key = { 'idempotency-key': newRequestId() };
    const edit = (image: Buffer): Promise<Response> => {
      const body = new FormData();
      body.append('model', 'gemini-3-pro-image');
      body.append('prompt', 'At night');
      body.append('image', new Blob([new Uint8Array(image)]), 'a.png');
      return gateway.call(EDITS, { method: 'POST', body, headers: key });
    };
    const first = await read(await edit(one));
    expect(await read(await edit(one))).toEqual(first);
    expect((await edit(other)).status).toBe(409);
    expect(await gateway.mediaFiles()).not.toContainEqual(expect.stringMatching(/part$/));
  });
});

describe('an image request that an SDK marks as a repeat', () => {
  it('joins the request whose connection broke', async () => {
    const body = aBody();
    hold();
    const leaving = new AbortController();
    const first = ask(body, FIRST, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    expect(await first).toBe('broken');
    const repeat = ask(body, REPEAT);
    // Longer than a job lingers after its client left.
    setTimeout(release, 7_000);
    expect((await read(await repeat)).id).toBe(jobs[0]);
    expect([jobs.length, aborted]).toEqual([1, []]);
  });

  it('is answered with the images that were made while its client was disconnected', async () => {
    const body = aBody();
    hold();
    const leaving = new AbortController();
    const first = ask(body, FIRST, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await first;
    release();
    expect((await read(await ask(body, REPEAT))).id).toBe(jobs[0]);
    expect(jobs).toHaveLength(1);
  });

  it('is generated if it repeats no earlier request', async () => {
    const answer = await read(await ask(aBody(), REPEAT));
    expect(jobs).toEqual([answer.id]);
  });
});

describe('a client that leaves its image request', () => {
  it('aborts the job at once if it cannot retry', async () => {
    hold();
    const leaving = new AbortController();
    const asked = ask(aBody(), {}, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await asked;
    await eventually(() => aborted.length === 1, 2_000);
  });

  it('aborts the job a moment later if it can retry', async () => {
    hold();
    const leaving = new AbortController();
    const asked = ask(aBody(), FIRST, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await asked;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(aborted).toEqual([]);
    await eventually(() => aborted.length === 1);
  });
});

describe('two equal image requests without key and mark', () => {
  it('are generated separately', async () => {
    const body = aBody();
    const answers = await Promise.all([ask(body, FIRST), ask(body, FIRST)]);
    const [one, two] = await Promise.all(answers.map(read));
    expect(one?.id).not.toBe(two?.id);
  });
});

describe('an image run whose gateway died', () => {
  /** Request ids of released holds. */
  const released: string[] = [];
  const replay = (): IdempotentReplay => {
    const { database, engine, media } = gateway;
    const log = createLogger('test', 'silent');
    const credit = { release: async ({ requestId }: HoldOwner) => void released.push(requestId) };
    const parts = { runs: database.imageRuns, producer: engine.producer(), media, credit, log };
    return new IdempotentReplay(parts, { pollMs: 20, lingerMs: 100, lostMs: 200 });
  };
  const aRun = (): NewImageRun => ({
    requestId: newRequestId(),
    organizationId: gateway.organizationId,
    keyId: 'a key',
    idempotencyKey: newRequestId(),
    bodyHash: 'a body',
    deadline: new Date(Date.now() + 60_000),
  });

  it('is withdrawn with its hold by a repeat, which then generates the images itself', async () => {
    const dead = aRun();
    const departed = new AbortController().signal;
    expect(await replay().begin(dead, { repeated: false, departed })).toEqual({ ok: true, value: null });
    const repeat = { ...dead, requestId: newRequestId() };
    expect(await replay().begin(repeat, { repeated: false, departed })).toEqual({ ok: true, value: null });
    expect(released).toEqual([dead.requestId]);
    expect(await gateway.database.imageRuns.find(dead.requestId)).toBeNull();
  });

  it('is waited for no longer than its repeat may take and its client stays', async () => {
    const dead = aRun();
    const departed = new AbortController().signal;
    await replay().begin(dead, { repeated: false, departed });
    const run = { requestId: dead.requestId, state: 'running', deadline: dead.deadline } as const;
    const within = (ms: number) => ({ ...dead, deadline: new Date(Date.now() + ms) });
    expect(await replay().follow(run, within(60), departed)).toMatchObject({ error: { error: { code: 'TIMEOUT' } } });
    expect(await replay().follow(run, within(10_000), AbortSignal.abort())).toBeNull();
  });
});

describe('an image request while the database is down', () => {
  it.each<[string, { idempotencyKey: string | null }, boolean]>([
    ['without an idempotency key', { idempotencyKey: null }, false],
    ['with an idempotency key', { idempotencyKey: 'a key' }, false],
    ['marked as a repeat', { idempotencyKey: null }, true],
  ])('is answered 503: %s', async (_what, changes, repeated) => {
    const down = async (): Promise<never> => Promise.reject(new Error('Connection terminated'));
    const { database, engine, media } = gateway;
    const parts = {
      runs: { ...database.imageRuns, begin: down },
      producer: engine.producer(),
      media,
      credit: { release: async () => undefined },
      log: createLogger('test', 'silent'),
    };
    const run: NewImageRun = {
      requestId: newRequestId(),
      organizationId: gateway.organizationId,
      keyId: 'a key',
      bodyHash: 'a body',
      deadline: new Date(Date.now() + 60_000),
      ...changes,
    };
    const begun = await new IdempotentReplay(parts).begin(run, { repeated, departed: new AbortController().signal });
    expect(begun).toMatchObject({ ok: false, error: { code: 'OVERLOADED', retryAfterMs: 2_000 } });
  });
});
