import type { ProviderSlug } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { told, World } from '../test/world.js';

describe('a request on its route', () => {
  let world: World;
  beforeEach(() => (world = new World()));

  it.each(['transient', 'timeout', 'empty', 'rate', 'auth'] as const)(
    'goes on to the next offering after %s',
    async (kind) => {
      const steps = await world.request(world.walk(['openai', 'fal']), (_, attempt) =>
        attempt === 0 ? kind : 'success',
      );
      expect(told(steps)).toEqual(['preferred openai', 'next fal']);
    },
  );

  it.each(['client', 'moderation', 'cancelled', 'ambiguous'] as const)('ends at %s', async (kind) => {
    expect(told(await world.request(world.walk(['openai', 'fal']), () => kind))).toEqual(['preferred openai']);
  });

  it.each([
    ['auth', 'openai#2'],
    ['rate', 'openai#2'],
    ['transient', 'fal'],
  ] as const)('after %s goes to %s', async (kind, credential) => {
    world.keys = { openai: ['openai#1', 'openai#2'] };
    world.random = () => 0;
    const steps = await world.request(world.walk(['openai', 'fal']), (_, attempt) =>
      attempt === 0 ? kind : 'success',
    );
    expect(steps.map((step) => step.credential)).toEqual(['openai#1', credential]);
    expect(steps[1]?.chosen).toBe(kind === 'transient' ? 'next' : 'other-credential');
  });

  it('tries what broke down again, after a pause, and then with the other credential', async () => {
    world.keys = { openai: ['openai#1', 'openai#2'] };
    world.random = () => 0;
    const before = world.now;
    const steps = await world.request(world.walk(['openai', 'fal']), (_, attempt) =>
      attempt < 3 ? 'transient' : 'success',
    );
    expect(told(steps)).toEqual(['preferred openai#1', 'next fal', 'again openai#2', 'again fal']);
    expect(world.now - before).toBe(50);
  });

  it('gives a single offering further chances after longer and longer pauses, but not for ever', async () => {
    const pauses: number[] = [];
    let last = world.now;
    const steps = await world.request(world.walk(['openai']), () => {
      pauses.push(world.now - last);
      last = world.now;
      return 'transient';
    });
    expect(told(steps)).toEqual(['only openai', ...Array.from({ length: 4 }, () => 'again openai')]);
    expect(pauses).toEqual([0, 150, 300, 600, 1_200]);
  });

  it.each(['timeout', 'auth'] as const)('does not ask again for what ended in %s', async (kind) => {
    expect(told(await world.request(world.walk(['openai']), () => kind))).toEqual(['only openai']);
  });

  it('waits for a provider that wants to be left alone for a moment, and not for one that wants more', async () => {
    const before = world.now;
    const limited = { kind: 'rate', retryAfterMs: 1_500 } as const;
    const steps = await world.request(world.walk(['openai']), (_, attempt) => (attempt === 0 ? limited : 'success'));
    expect(told(steps)).toEqual(['only openai', 'again openai']);
    expect(world.now - before).toBeGreaterThanOrEqual(1_500);
    expect(world.now - before).toBeLessThan(2_500);
    const refused = await world.request(world.walk(['openai']), () => ({ kind: 'rate', retryAfterMs: 30_000 }));
    expect(refused).toHaveLength(1);
    expect(told(await world.request(world.walk(['openai']), () => 'success'))).toEqual([]);
  });

  it('begins nothing after its deadline, and does not pause beyond it', async () => {
    const late = world.walk(['openai'], { deadline: world.now });
    expect(await late.next()).toBeNull();
    const steps = await world.request(world.walk(['openai'], { deadline: world.now + 20 }), () => 'transient');
    expect(steps).toHaveLength(1);
  });

  it('ends when the request is stopped during a pause', async () => {
    const steps = await world.request(world.walk(['openai']), () => {
      world.stopped = true;
      return 'transient';
    });
    expect(steps).toHaveLength(1);
  });

  it('has nowhere to go where no key is known', async () => {
    world.keys = { openai: [] };
    expect(await world.walk(['openai']).next()).toBeNull();
  });

  it('goes on from what it tried in an earlier job', async () => {
    const earlier = [
      { executedModel: 'openai/m', credential: 'openai', failure: 'transient' },
      { executedModel: 'fal/m', credential: 'fal', failure: 'timeout' },
    ] as const;
    const walk = world.walk(['openai', 'fal', 'gemini'], { earlier });
    const steps = await world.request(walk, () => 'transient');
    expect(told(steps).slice(0, 3)).toEqual(['next gemini', 'again openai', 'again gemini']);
    expect(steps.some(({ credential }) => credential === 'fal')).toBe(false);
    expect(steps.length + earlier.length).toBe(8);
  });

  it('can be taken beside a slow one to another healthy offering, once for each', async () => {
    world.open('gemini/m@gemini', 60_000);
    const walk = world.walk(['openai', 'fal', 'gemini']);
    const first = await walk.next();
    expect(told([first, walk.nextHedged()].flatMap((step) => step ?? []))).toEqual(['preferred openai', 'hedge fal']);
    expect(walk.nextHedged()).toBeNull();
  });
});

describe('a forced provider', () => {
  let world: World;
  beforeEach(() => (world = new World()));
  const forced = (providers: ProviderSlug[]) => world.walk(providers, { forced: true });

  it('is tried whatever is known of it, and once', async () => {
    world.open('openai/m@openai', 60_000);
    for (let n = 0; n < 5; n += 1) {
      expect(told(await world.request(forced(['openai']), () => 'transient'))).toEqual(['forced openai']);
    }
  });

  it.each(['auth', 'rate'] as const)('is tried with its other credentials after %s', async (kind) => {
    world.keys = { openai: ['a', 'b', 'c'] };
    world.random = () => 0;
    const steps = await world.request(forced(['openai']), (_, attempt) => (attempt < 2 ? kind : 'transient'));
    expect(told(steps)).toEqual(['forced a', 'other-credential b', 'other-credential c']);
  });
});

describe('whatever fails, a request', () => {
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

  it('repeats no stop within a round, never goes on after a verdict, and prefers what is healthy', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async ({ offerings, says, forced, seed }) => {
        const world = new World();
        world.random = () => seed;
        const route = offerings
          .slice(0, forced ? 1 : 4)
          .map(({ priority }, n) => anOffering({ provider: providers[n] ?? 'openai', providerModel: 'm', priority }));
        for (const [n, { provider }] of route.entries()) {
          const keys = Array.from({ length: offerings[n]?.keys ?? 1 }, (_, key) => `${provider}#${key}`);
          world.keys[provider] = keys;
          for (const credential of keys) if (offerings[n]?.open) world.open(`${provider}/m@${credential}`, 500);
        }
        const seen = new Set<string>();
        const tried = new Set<ProviderSlug>();
        const steps = await world.request(world.walk([], { route, forced }), (step, attempt) => {
          const { provider } = step.offering;
          expect(seen).not.toContain(`${step.round} ${step.key}`);
          seen.add(`${step.round} ${step.key}`);
          if (!forced && step.probe && step.chosen !== 'probe') {
            for (const other of route.map((offering) => offering.provider)) {
              const fresh = other !== provider && !tried.has(other);
              if (fresh) expect(world.healthyKeys(other)).toEqual([]);
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
