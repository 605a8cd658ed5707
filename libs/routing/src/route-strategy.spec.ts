import type { ProviderSlug } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { formatSteps, RoutingHarness } from '../test/routing-harness.js';

describe('RouteStrategy', () => {
  let harness: RoutingHarness;
  beforeEach(() => (harness = new RoutingHarness()));

  it.each(['transient', 'timeout', 'empty', 'rate', 'auth'] as const)(
    'goes on to the next offering after %s',
    async (kind) => {
      const steps = await harness.request(harness.strategy(['openai', 'fal']), (_, attempt) =>
        attempt === 0 ? kind : 'success',
      );
      expect(formatSteps(steps)).toEqual(['preferred openai', 'next fal']);
    },
  );

  it.each(['client', 'moderation', 'cancelled', 'ambiguous'] as const)('ends the request after %s', async (kind) => {
    expect(formatSteps(await harness.request(harness.strategy(['openai', 'fal']), () => kind))).toEqual([
      'preferred openai',
    ]);
  });

  it.each([
    ['auth', 'openai#2'],
    ['rate', 'openai#2'],
    ['transient', 'fal'],
  ] as const)('goes on after %s to %s', async (kind, credential) => {
    harness.keys = { openai: ['openai#1', 'openai#2'] };
    harness.random = () => 0;
    const steps = await harness.request(harness.strategy(['openai', 'fal']), (_, attempt) =>
      attempt === 0 ? kind : 'success',
    );
    expect(steps.map((step) => step.credential)).toEqual(['openai#1', credential]);
    expect(steps[1]?.chosen).toBe(kind === 'transient' ? 'next' : 'other-credential');
  });

  it('retries a failed offering after a pause, with its other credential', async () => {
    harness.keys = { openai: ['openai#1', 'openai#2'] };
    harness.random = () => 0;
    const before = harness.now;
    const steps = await harness.request(harness.strategy(['openai', 'fal']), (_, attempt) =>
      attempt < 3 ? 'transient' : 'success',
    );
    expect(formatSteps(steps)).toEqual(['preferred openai#1', 'next fal', 'again openai#2', 'again fal']);
    expect(harness.now - before).toBe(50);
  });

  it('retries a single offering after growing pauses, up to the limit of rounds', async () => {
    const pauses: number[] = [];
    let last = harness.now;
    const steps = await harness.request(harness.strategy(['openai']), () => {
      pauses.push(harness.now - last);
      last = harness.now;
      return 'transient';
    });
    expect(formatSteps(steps)).toEqual(['only openai', ...Array.from({ length: 4 }, () => 'again openai')]);
    expect(pauses).toEqual([0, 150, 300, 600, 1_200]);
  });

  it.each(['timeout', 'auth'] as const)('does not retry a single offering after %s', async (kind) => {
    expect(formatSteps(await harness.request(harness.strategy(['openai']), () => kind))).toEqual(['only openai']);
  });

  it('does not repeat an empty answer at the same offering if it is paid, but fails over', async () => {
    const empty = (): 'empty' => 'empty';
    const paid = await harness.request(harness.strategy(['openai', 'fal'], { emptyIsPaid: true }), empty);
    expect(formatSteps(paid)).toEqual(['preferred openai', 'next fal']);
    const alone = await harness.request(harness.strategy(['openai'], { emptyIsPaid: true }), empty);
    expect(formatSteps(alone)).toEqual(['only openai']);
    const chat = await harness.request(harness.strategy(['openai']), empty);
    expect(chat.length).toBeGreaterThan(1);
  });

  it('waits for the end of a short rest, but not of a long one', async () => {
    const before = harness.now;
    const limited = { kind: 'rate', retryAfterMs: 1_500 } as const;
    const steps = await harness.request(harness.strategy(['openai']), (_, attempt) =>
      attempt === 0 ? limited : 'success',
    );
    expect(formatSteps(steps)).toEqual(['only openai', 'again openai']);
    expect(harness.now - before).toBeGreaterThanOrEqual(1_500);
    expect(harness.now - before).toBeLessThan(2_500);
    const refused = await harness.request(harness.strategy(['openai']), () => ({ kind: 'rate', retryAfterMs: 30_000 }));
    expect(refused).toHaveLength(1);
    expect(formatSteps(await harness.request(harness.strategy(['openai']), () => 'success'))).toEqual([]);
  });

  it('starts no call after the deadline and does not pause beyond it', async () => {
    const late = harness.strategy(['openai'], { deadline: harness.now });
    expect(await late.next()).toBeNull();
    const steps = await harness.request(
      harness.strategy(['openai'], { deadline: harness.now + 20 }),
      () => 'transient',
    );
    expect(steps).toHaveLength(1);
  });

  it('ends when the request is aborted during a pause', async () => {
    const steps = await harness.request(harness.strategy(['openai']), () => {
      harness.aborted = true;
      return 'transient';
    });
    expect(steps).toHaveLength(1);
  });

  it('returns null if there is no credential for the route', async () => {
    harness.keys = { openai: [] };
    expect(await harness.strategy(['openai']).next()).toBeNull();
  });

  it('continues after the tries of an earlier job', async () => {
    const earlier = [
      { executedModel: 'openai/m', credential: 'openai', failure: 'transient' },
      { executedModel: 'fal/m', credential: 'fal', failure: 'timeout' },
    ] as const;
    const strategy = harness.strategy(['openai', 'fal', 'gemini'], { earlier });
    const steps = await harness.request(strategy, () => 'transient');
    expect(formatSteps(steps).slice(0, 3)).toEqual(['next gemini', 'again openai', 'again gemini']);
    expect(steps.some(({ credential }) => credential === 'fal')).toBe(false);
    expect(steps.length + earlier.length).toBe(8);
  });

  it('hedges with another healthy offering, once per offering', async () => {
    harness.open('gemini/m@gemini', 60_000);
    const strategy = harness.strategy(['openai', 'fal', 'gemini']);
    const first = await strategy.next();
    expect(formatSteps([first, strategy.nextHedged()].flatMap((step) => step ?? []))).toEqual([
      'preferred openai',
      'hedge fal',
    ]);
    expect(strategy.nextHedged()).toBeNull();
  });
});

describe('RouteStrategy with a forced provider', () => {
  let harness: RoutingHarness;
  beforeEach(() => (harness = new RoutingHarness()));
  const forced = (providers: ProviderSlug[]) => harness.strategy(providers, { forced: true });

  it('tries the provider once, whatever its health', async () => {
    harness.open('openai/m@openai', 60_000);
    for (let n = 0; n < 5; n += 1) {
      expect(formatSteps(await harness.request(forced(['openai']), () => 'transient'))).toEqual(['forced openai']);
    }
  });

  it.each(['auth', 'rate'] as const)('tries the other credentials after %s', async (kind) => {
    harness.keys = { openai: ['a', 'b', 'c'] };
    harness.random = () => 0;
    const steps = await harness.request(forced(['openai']), (_, attempt) => (attempt < 2 ? kind : 'transient'));
    expect(formatSteps(steps)).toEqual(['forced a', 'other-credential b', 'other-credential c']);
  });
});

describe('RouteStrategy with random failures', () => {
  const providers = ['openai', 'openrouter', 'fal', 'gemini'] as const;
  const kinds = ['transient', 'timeout', 'empty', 'rate', 'auth', 'client', 'moderation', 'success'] as const;
  const scene = fc.record({
    offerings: fc.array(
      fc.record({ priority: fc.integer({ min: 0, max: 1 }), keys: fc.integer({ min: 1, max: 3 }), open: fc.boolean() }),
      { minLength: 1, maxLength: 4 },
    ),
    says: fc.array(fc.constantFrom(...kinds), { minLength: 8, maxLength: 8 }),
    forced: fc.boolean(),
    seed: fc.double({ min: 0, max: 0.999, noNaN: true }),
  });

  it('repeats no candidate within a round, stops at a verdict, and prefers healthy candidates', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ offerings, says, forced, seed }) => {
        const harness = new RoutingHarness();
        harness.random = () => seed;
        const route = offerings
          .slice(0, forced ? 1 : 4)
          .map(({ priority }, n) => anOffering({ provider: providers[n] ?? 'openai', providerModel: 'm', priority }));
        for (const [n, { provider }] of route.entries()) {
          const keys = Array.from({ length: offerings[n]?.keys ?? 1 }, (_, key) => `${provider}#${key}`);
          harness.keys[provider] = keys;
          for (const credential of keys) if (offerings[n]?.open) harness.open(`${provider}/m@${credential}`, 500);
        }
        const seen = new Set<string>();
        const tried = new Set<ProviderSlug>();
        const steps = await harness.request(harness.strategy([], { route, forced }), (step, attempt) => {
          const { provider } = step.offering;
          expect(seen).not.toContain(`${step.round} ${step.key}`);
          seen.add(`${step.round} ${step.key}`);
          if (!forced && step.probe && step.chosen !== 'probe') {
            for (const other of route.map((offering) => offering.provider)) {
              const fresh = other !== provider && !tried.has(other);
              if (fresh) expect(harness.healthyKeys(other)).toEqual([]);
            }
          }
          tried.add(provider);
          return says[attempt] ?? 'transient';
        });
        expect(steps.length).toBeLessThanOrEqual(8);
        const ended = steps.findIndex((_, n) => ['client', 'moderation', 'success'].includes(says[n] ?? ''));
        if (ended >= 0) expect(steps).toHaveLength(ended + 1);
      }),
      { numRuns: 500 },
    );
  });
});
