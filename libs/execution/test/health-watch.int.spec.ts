import { Writable } from 'node:stream';
import type { FailureKind } from '@lumenfall/contracts';
import { GENERATION, type ProviderFailure } from '@lumenfall/providers';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { metrics } from '@lumenfall/service-kit';
import {
  anOffering,
  aPlan,
  describeWithRedis,
  eventually,
  filledDatabase,
  pause,
  requestContext,
  severableProxy,
  testRedisUrl,
  type FreshDatabase,
} from '@lumenfall/testing';
import { pino } from 'pino';
import { HealthWatch, RouteRunner } from '../src/index.js';

type Says = FailureKind | 'success' | { kind: FailureKind; retryAfterMs: number };
type Provider = 'openai' | 'openrouter';

/** A worker process with its own engine and HealthWatch, whose requests the test runs. */
async function startWorker(url: string) {
  const engine: QueueEngine = await openQueueEngine(url);
  const lines: { alarm?: string; msg: string; level: number }[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const health = new HealthWatch(await engine.openSharedState(), pino({ level: 'debug' }, sink));
  // As if requests were running all the time.
  const rest = health.follow();
  const keys: Record<Provider, string[]> = { openai: ['openai#1'], openrouter: ['openrouter#1'] };

  /** Runs a request over these providers, in this order; returns the credentials that were called, and why. */
  async function request(providers: Provider[], answer: (credential: string) => Says): Promise<string[]> {
    const route = providers.map((provider, priority) => anOffering({ provider, providerModel: 'm', priority }));
    const run = new RouteRunner<null>(
      {
        requestContext: requestContext(),
        plan: aPlan({ route }),
        deadline: Date.now() + 10_000,
        signal: new AbortController().signal,
      },
      {
        health,
        limits: GENERATION,
        pause: () => pause(1),
        clients: (provider) =>
          (keys[provider as Provider] ?? []).map((credential) => ({
            adapter: null,
            endpoint: { provider, baseUrl: 'http://127.0.0.1:9', apiKey: 'key', credential, sandbox: true },
          })),
      },
    );
    const called: string[] = [];
    for (let candidate = await run.next(); candidate !== null; candidate = await run.next()) {
      called.push(`${candidate.chosen} ${candidate.credential}`);
      const says = answer(candidate.credential);
      run.recordAttempt(candidate, says === 'success' ? null : failureOf(says), 5);
      if (says === 'success') break;
    }
    run.release();
    return called;
  }

  const close = async (): Promise<void> => {
    rest();
    await health.close();
    await engine.close();
  };
  return { health, keys, lines, request, close };
}

function failureOf(says: Exclude<Says, 'success'>): ProviderFailure {
  const { kind, retryAfterMs } = typeof says === 'string' ? { kind: says, retryAfterMs: null } : says;
  return { kind, retryAfterMs, message: `scripted ${kind}`, status: kind === 'auth' ? 401 : null };
}

type Worker = Awaited<ReturnType<typeof startWorker>>;

function healthOfTwoWorkers(newQueue: () => Promise<string>): void {
  let one: Worker;
  let two: Worker;
  let url: string;
  beforeEach(async () => {
    url = await newQueue();
    [one, two] = await Promise.all([startWorker(url), startWorker(url)]);
  });
  afterEach(() => Promise.all([one.close(), two.close()]));

  const both: Provider[] = ['openai', 'openrouter'];
  const openAiFails = (credential: string): Says => (credential === 'openai#1' ? 'timeout' : 'success');
  const isOpen = ({ health }: Worker): boolean => health.candidate('openai/m@openai#1').openUntil !== null;

  it('keeps both workers off a provider that one saw failing, except for one probe a second', async () => {
    for (let n = 0; n < 4; n += 1) await one.request(both, openAiFails);
    expect(isOpen(one)).toBe(true);
    await eventually(() => isOpen(two));
    const since = Date.now();
    const calls: string[] = [];
    while (Date.now() < since + 3_000) {
      for (const worker of [one, two]) calls.push(...(await worker.request(both, openAiFails)));
      await pause(5);
    }
    const probes = calls.filter((call) => call.endsWith('openai#1'));
    expect(probes.length).toBeGreaterThan(0);
    expect(probes.length).toBeLessThanOrEqual(1 + (Date.now() - since) / 1_000);
    expect(new Set(probes)).toEqual(new Set(['probe openai#1']));
    expect(calls.length).toBeGreaterThan(5 * probes.length);
    expect(one.lines.filter(({ alarm }) => alarm === 'breaker-open')).toHaveLength(1);
  });

  it('returns both workers to a recovered provider although only one probed it', async () => {
    for (let n = 0; n < 4; n += 1) await one.request(both, openAiFails);
    await eventually(() => isOpen(two));
    await eventually(async () => (await one.request(both, () => 'success'))[0] === 'probe openai#1');
    await eventually(async () => (await two.request(both, () => 'success'))[0] === 'preferred openai#1');
  });

  it('disables a refused credential in both workers and logs one alarm', async () => {
    for (const worker of [one, two]) worker.keys.openai = ['openai#1', 'openai#2'];
    const refused = (credential: string): Says => (credential === 'openai#1' ? 'auth' : 'success');
    await eventually(async () => {
      await one.request(['openai'], refused);
      return one.health.credential('credential:openai#1').disabledSince;
    });
    await eventually(() => two.health.credential('credential:openai#1').disabledSince);
    for (let n = 0; n < 20; n += 1) {
      for (const worker of [one, two])
        expect(await worker.request(['openai'], refused)).toEqual(['preferred openai#2']);
    }
    const alarms = [...one.lines, ...two.lines].filter(({ alarm }) => alarm === 'credential-disabled');
    expect(alarms).toMatchObject([{ level: 50, credential: 'openai#1', status: 401 }]);
    expect(alarms[0]?.msg).toContain('Check that the key is valid');
    expect(await metrics.metrics()).toContain('lumenfall_credential_disabled{credential="openai#1"} 1');
  });

  it('respects a Retry-After in both workers', async () => {
    const limited: Says = { kind: 'rate', retryAfterMs: 1_500 };
    const answer = (credential: string): Says => (credential === 'openai#1' ? limited : 'success');
    const before = Date.now();
    await one.request(both, answer);
    await eventually(() => two.health.candidate('openai/m@openai#1').restingUntil > 0);
    const called = await eventually(async () => {
      const now = await two.request(both, () => 'success');
      return now[0] === 'preferred openrouter#1' ? null : now;
    });
    expect(called).toEqual(['preferred openai#1']);
    expect(Date.now() - before).toBeGreaterThanOrEqual(1_500);
  });

  it('adds up the outcomes of both workers', async () => {
    const failing = async (worker: Worker): Promise<void> => {
      for (let n = 0; n < 3; n += 1) await worker.request(both, (key) => (key === 'openai#1' ? 'empty' : 'success'));
    };
    await Promise.all([failing(one), failing(two)]);
    await eventually(() => [one, two].every(({ health }) => health.candidate('openai/m@openai#1').calls === 6));
    const known = one.health.candidate('openai/m@openai#1');
    expect(two.health.candidate('openai/m@openai#1')).toEqual(known);
  });

  it('uses local health while the shared state is unreachable and shares again afterwards', async () => {
    const proxy = await severableProxy(url);
    const far = await startWorker(proxy.url);
    await far.request(both, () => 'success');
    await proxy.sever();
    const since = Date.now();
    for (let n = 0; n < 4; n += 1) await far.request(both, openAiFails);
    expect(isOpen(far)).toBe(true);
    expect(await far.request(both, openAiFails)).toEqual(['preferred openrouter#1']);
    await pause(1_100);
    expect((await far.request(both, openAiFails))[0]).toBe('probe openai#1');
    // None of the six waited for the shared state.
    expect(Date.now() - since).toBeLessThan(10_000);
    await proxy.restore();
    await eventually(() => isOpen(one));
    await far.close();
    await proxy.close();
  });
}

describe('HealthWatch with two workers on PostgreSQL', () => {
  const databases: FreshDatabase[] = [];
  afterAll(() => Promise.all(databases.map((database) => database.drop())));
  healthOfTwoWorkers(async () => {
    const database = await filledDatabase('queue', async (empty) => (await openQueueEngine(empty)).close());
    databases.push(database);
    return database.url;
  });
});

describeWithRedis('the health of providers, shared over Redis', () => healthOfTwoWorkers(async () => testRedisUrl()));
