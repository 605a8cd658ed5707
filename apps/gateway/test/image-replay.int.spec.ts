import { newRequestId } from '@lumenfall/contracts';
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

/** Jobs in the order they came, and which of them were told to stop. */
let jobs: string[] = [];
let stopped: string[] = [];
let release: () => void = () => undefined;
let held: Promise<void> | null = null;

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  jobs = [];
  stopped = [];
  held = null;
  gateway.worker.image = async (job, send, { signal }) => {
    const { requestId } = job.requestContext;
    jobs.push(requestId);
    const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    if (held !== null) await Promise.race([held, gone]);
    if (signal.aborted) return void stopped.push(requestId);
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

/** Workers wait from now on until `release()`. */
const hold = (): void => void (held = new Promise((resolve) => (release = resolve)));

let made = 0;
/** A prompt of its own for each test, so that no test finds another one's request. */
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
  it('is answered again, without being made or paid again', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    const first = await read(await ask(body, key));
    const holds = gateway.billing.holds.size;
    const second = await read(await ask({ ...body, n: null }, key));
    expect(second).toEqual(first);
    expect([jobs, gateway.billing.holds.size]).toEqual([[first.id], holds]);
  });

  it('is made once, however many ask for it at the same time', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    hold();
    const asked = Array.from({ length: 4 }, () => ask(body, key));
    await eventually(() => jobs.length === 1);
    setTimeout(release, 300);
    const answers = await Promise.all((await Promise.all(asked)).map(read));
    expect(new Set(answers.map(({ id }) => id))).toEqual(new Set(jobs));
    expect(jobs).toHaveLength(1);
  });

  it('is refused with another body', async () => {
    const [body, key] = [aBody(), { 'idempotency-key': newRequestId() }];
    await read(await ask(body, key));
    const answer = await ask({ ...body, n: 2 }, key);
    expect([answer.status, (await errorOf(answer)).code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });

  it('may name the key in its body, which goes to no provider', async () => {
    const body = { ...aBody(), idempotency_key: newRequestId() };
    const first = await read(await ask(body));
    expect(await read(await ask(body))).toEqual(first);
    const answer = await ask(body, { 'idempotency-key': 'another' });
    expect([answer.status, (await errorOf(answer)).param]).toEqual([400, 'idempotency_key']);
  });

  it('is made again where it failed, or was refused', async () => {
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

  it('tells edits by the bytes of their pictures', async () => {
    const [one, other] = [await anImage('png', 40, 40), await anImage('png', 40, 40)];
    const key = { 'idempotency-key': newRequestId() };
    const edit = (picture: Buffer): Promise<Response> => {
      const body = new FormData();
      body.append('model', 'gemini-3-pro-image');
      body.append('prompt', 'At night');
      body.append('image', new Blob([new Uint8Array(picture)]), 'a.png');
      return gateway.call(EDITS, { method: 'POST', body, headers: key });
    };
    const first = await read(await edit(one));
    expect(await read(await edit(one))).toEqual(first);
    expect((await edit(other)).status).toBe(409);
    expect(await gateway.mediaFiles()).not.toContainEqual(expect.stringMatching(/part$/));
  });
});

describe('a repeat that is marked as one', () => {
  it('joins the request whose connection broke', async () => {
    const body = aBody();
    hold();
    const leaving = new AbortController();
    const first = ask(body, FIRST, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    expect(await first).toBe('broken');
    const repeat = ask(body, REPEAT);
    // Longer than a client that has left is waited for.
    setTimeout(release, 7_000);
    expect((await read(await repeat)).id).toBe(jobs[0]);
    expect([jobs.length, stopped]).toEqual([1, []]);
  });

  it('is answered with what came while its client was away', async () => {
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

  it('begins on its own where there is nothing to join', async () => {
    const answer = await read(await ask(aBody(), REPEAT));
    expect(jobs).toEqual([answer.id]);
  });
});

describe('a client that leaves', () => {
  it('stops the work at once where it will not come again', async () => {
    hold();
    const leaving = new AbortController();
    const asked = ask(aBody(), {}, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await asked;
    await eventually(() => stopped.length === 1, 2_000);
  });

  it('stops the work a moment later where it could have come again', async () => {
    hold();
    const leaving = new AbortController();
    const asked = ask(aBody(), FIRST, leaving.signal).catch(() => 'broken');
    await eventually(() => jobs.length === 1);
    leaving.abort();
    await asked;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(stopped).toEqual([]);
    await eventually(() => stopped.length === 1);
  });
});

describe('two requests alike that are no repeats', () => {
  it('are two requests', async () => {
    const body = aBody();
    const answers = await Promise.all([ask(body, FIRST), ask(body, FIRST)]);
    const [one, two] = await Promise.all(answers.map(read));
    expect(one?.id).not.toBe(two?.id);
  });
});

describe('a run whose gateway died', () => {
  /** Holds that are free again. */
  const released: string[] = [];
  const replay = (): IdempotentReplay => {
    const { database, engine, media } = gateway;
    const log = createLogger('test', 'silent');
    const credit = { release: async (requestId: string) => void released.push(requestId) };
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
    expect(await replay().follow(run, Date.now() + 60, departed)).toMatchObject({
      error: { error: { code: 'TIMEOUT' } },
    });
    expect(await replay().follow(run, Date.now() + 10_000, AbortSignal.abort())).toBeNull();
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
