import type { Plan, ProviderSlug } from '@lumenfall/contracts';
import { GENERATION, type ProviderFailure } from '@lumenfall/providers';
import { candidateKeyOf } from '@lumenfall/routing';
import { createLogger } from '@lumenfall/service-kit';
import { anOffering, aPlan } from '@lumenfall/testing';
import { HealthWatch } from './health/health-watch.js';
import { ownFailure } from './route-error.js';
import { RouteRunner } from './route-runner.js';

const offering = anOffering({ provider: 'openai', providerName: 'OpenAI', providerModel: 'm' });
const key = candidateKeyOf(offering, 'openai#1');
const candidate = { key, credential: 'openai#1' };
const log = createLogger('test', 'silent');

function runOf(
  health: HealthWatch,
  plan: Partial<Plan> = {},
  keys: Partial<Record<ProviderSlug, string[]>> = { openai: ['openai#1'] },
) {
  const { signal } = new AbortController();
  const request = {
    requestContext: { requestId: 'req_1' },
    plan: aPlan({ route: [offering], ...plan }),
    deadline: Date.now() + 60_000,
    signal,
  };
  return new RouteRunner<string>(request, {
    health,
    limits: GENERATION,
    pause: async () => undefined,
    clients: (provider) =>
      (keys[provider] ?? []).map((credential) => ({
        adapter: `adapter of ${provider}`,
        endpoint: { provider, baseUrl: 'http://127.0.0.1:9', apiKey: 'key', credential, sandbox: true },
      })),
  });
}

describe('RouteRunner', () => {
  let health: HealthWatch;
  beforeEach(() => (health = new HealthWatch(null, log)));
  afterEach(() => health.close());

  const failing = (kind: ProviderFailure['kind'], times: number, retryAfterMs: number | null = null): void => {
    for (let n = 0; n < times; n += 1) {
      health.report({ candidate, outcome: { kind, retryAfterMs, startedAt: Date.now(), probe: false }, status: null });
    }
  };

  it('returns the context of each call and records an attempt for its outcome', async () => {
    const run = runOf(health);
    const first = await run.next();
    expect(first).toMatchObject({
      chosen: 'only',
      client: { adapter: 'adapter of openai' },
      context: { model: 'm', requestId: 'req_1', limits: GENERATION, endpoint: { credential: 'openai#1' } },
    });
    if (first) run.recordAttempt(first, ownFailure('transient', 'it broke'), null);
    const second = await run.next();
    if (second) run.recordAttempt(second, null, 120).costMicros = 7;
    expect(run.attempts).toMatchObject([
      { chosen: 'only', failure: 'transient', message: 'it broke', costMicros: 0 },
      { chosen: 'again', failure: null, credential: 'openai#1', costMicros: 7 },
    ]);
    expect(health.candidate(key)).toMatchObject({ calls: 2, strikes: 0 });
  });

  it('reports the offerings that the plan and this process left out', () => {
    const passedOver = [{ provider: 'fal', executedModel: 'fal/m', why: 'denied-by-organization' }] as const;
    const route = [offering, anOffering({ provider: 'openrouter', providerModel: 'm' })];
    expect(runOf(health, { route, passedOver: [...passedOver] }).choice()).toMatchObject({
      order: [{ executedModel: 'openai/m', credential: 'openai#1', circuitState: 'healthy', share: 1 }],
      passedOver: [
        { executedModel: 'fal/m', why: 'denied-by-organization' },
        { executedModel: 'openrouter/m', why: 'no-credential' },
      ],
    });
  });

  it('reports no health for a request that was not sent', async () => {
    failing('transient', 10);
    const run = runOf(health);
    const probe = await run.next();
    if (probe)
      run.recordAttempt(probe, ownFailure('client', 'messages: A file of the conversation could not be fetched'), null);
    expect([probe?.probe, health.candidate(key).openUntil === null, run.attempts[0]?.failure]).toEqual([
      true,
      false,
      'client',
    ]);
    expect(await run.next()).toBeNull();
  });

  it('gives a probe a shorter first-byte limit', async () => {
    failing('timeout', 4);
    const probe = await runOf(health).next();
    expect(probe).toMatchObject({ chosen: 'last-resort', probe: true });
    expect(probe?.context.limits).toEqual({ ...GENERATION, firstByteMs: GENERATION.firstByteMs / 6 });
  });

  it.each([
    ['rests', () => failing('rate', 1, 30_000), { kind: 'rate', message: 'The provider is limiting our requests' }],
    ['is not configured', () => undefined, { kind: 'auth', message: 'OpenAI is not configured here' }],
  ])('reports why nothing was called if the provider %s', async (_what, happened, failure) => {
    happened();
    const run = runOf(health, {}, failure.kind === 'auth' ? {} : undefined);
    expect(await run.next()).toBeNull();
    expect(run.whyNothing()).toMatchObject({ offering, failure });
    expect(run.attempts).toEqual([]);
  });

  it('may come back if the provider only rests', async () => {
    failing('rate', 1, 30_000);
    const run = runOf(health);
    await run.next();
    expect(run.mayComeBack()).toBe(true);
  });
});
