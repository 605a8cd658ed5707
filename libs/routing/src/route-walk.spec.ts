import type { FailureKind, ProviderSlug } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { afterOutcome, credentialAfterOutcome, type CallOutcome } from './after-outcome.js';
import { credentialKeyOf, UNKNOWN_CREDENTIAL, UNKNOWN_STOP, type CredentialHealth, type StopHealth } from './health.js';
import { RouteWalk, type Step, type Walk } from './route-walk.js';
import { standingOf } from './standing.js';

type Says = FailureKind | 'success' | { kind: FailureKind; retryAfterMs: number };

/** Providers with one key each unless told, a clock that only pauses move, and a board that all walks share. */
class World {
  now = 1_800_000_000_000;
  stopped = false;
  random: () => number = () => 0.5;
  readonly stops = new Map<string, StopHealth>();
  readonly credentials = new Map<string, CredentialHealth>();
  readonly leases = new Map<string, number>();
  keys: Partial<Record<ProviderSlug, string[]>> = {};

  walk(providers: readonly ProviderSlug[], more: Partial<Walk> = {}): RouteWalk {
    const route =
      more.route ?? providers.map((provider, priority) => anOffering({ provider, providerModel: 'm', priority }));
    return new RouteWalk(
      { route, forced: false, deadline: this.now + 60_000, ...more },
      {
        credentialsOf: (provider) => this.keys[provider] ?? [provider],
        health: {
          stop: (key) => this.stops.get(key) ?? UNKNOWN_STOP,
          credential: (key) => this.credentials.get(key) ?? UNKNOWN_CREDENTIAL,
        },
        random: () => this.random(),
        now: () => this.now,
        stopped: () => this.stopped,
        pause: async (ms) => void (this.now += ms),
        claim: async (key, ttlMs) => {
          if ((this.leases.get(key) ?? 0) > this.now) return false;
          this.leases.set(key, this.now + ttlMs);
          return true;
        },
      },
    );
  }

  /** What a worker does with the outcome of a call. */
  report(step: Step, says: Says): void {
    const { kind, retryAfterMs } = typeof says === 'string' ? { kind: says, retryAfterMs: null } : says;
    const outcome = { kind, retryAfterMs, latencyMs: 10, startedAt: this.now, probe: step.probe } as CallOutcome;
    this.stops.set(step.key, afterOutcome(this.stops.get(step.key) ?? UNKNOWN_STOP, outcome, this.now));
    const key = credentialKeyOf(step.credential);
    this.credentials.set(
      key,
      credentialAfterOutcome(this.credentials.get(key) ?? UNKNOWN_CREDENTIAL, outcome, this.now),
    );
  }

  /** A whole request: what was tried, and why. */
  async request(walk: RouteWalk, answer: (step: Step, attempt: number) => Says): Promise<Step[]> {
    const steps: Step[] = [];
    for (let step = await walk.next(); step !== null; step = await walk.next()) {
      steps.push(step);
      const says = answer(step, steps.length - 1);
      this.report(step, says);
      if (says === 'success') break;
      walk.failed(step, typeof says === 'string' ? says : says.kind);
    }
    return steps;
  }

  healthyKeys(provider: ProviderSlug): string[] {
    return (this.keys[provider] ?? [provider]).filter((credential) => {
      const stop = this.stops.get(`${provider}/m@${credential}`) ?? UNKNOWN_STOP;
      const known = this.credentials.get(credentialKeyOf(credential)) ?? UNKNOWN_CREDENTIAL;
      return standingOf(stop, known, this.now).is === 'healthy';
    });
  }

  open(key: string, forMs: number): void {
    this.stops.set(key, { ...UNKNOWN_STOP, openUntil: this.now + forMs });
  }
}

const told = (steps: Step[]): string[] => steps.map(({ credential, chosen }) => `${chosen} ${credential}`);

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
    expect(told([first, walk.beside()].flatMap((step) => step ?? []))).toEqual(['preferred openai', 'hedge fal']);
    expect(walk.beside()).toBeNull();
  });
});

describe('an unhealthy stop', () => {
  let world: World;
  beforeEach(() => (world = new World()));

  it('is tried last, not never', async () => {
    world.open('openai/m@openai', 900);
    const steps = await world.request(world.walk(['openai', 'fal']), ({ credential }) =>
      credential === 'openai' ? 'success' : 'timeout',
    );
    expect(told(steps)).toEqual(['preferred fal', 'last-resort openai']);
  });

  it('is called once a second by all requests together while it is dead', async () => {
    world.open('openai/m@openai', 1_000);
    const calls: number[] = [];
    const since = world.now;
    while (world.now < since + 20_000) {
      await world.request(world.walk(['openai']), () => {
        calls.push(world.now);
        return 'transient';
      });
      world.now += 10;
    }
    expect(calls.length).toBeGreaterThan(8);
    for (const [n, at] of calls.entries()) if (n > 0) expect(at - Number(calls[n - 1])).toBeGreaterThanOrEqual(1_000);
  });

  it('that may be well again is tried first, by one request', async () => {
    world.open('openai/m@openai', 0);
    const [one, two] = [world.walk(['openai', 'fal']), world.walk(['openai', 'fal'])];
    const [first, second] = [await one.next(), await two.next()];
    expect(told([first, second].flatMap((step) => step ?? []))).toEqual(['probe openai', 'preferred fal']);
    if (first) world.report(first, 'success');
    expect(told(await world.request(world.walk(['openai', 'fal']), () => 'success'))).toEqual(['preferred openai']);
  });

  it('is not looked at where a request would not have gone anyway', async () => {
    world.open('fal/m@fal', 0);
    expect(told(await world.request(world.walk(['openai', 'fal']), () => 'success'))).toEqual(['preferred openai']);
  });

  it('is waited for where nothing else is left', async () => {
    world.open('openai/m@openai', 900);
    world.leases.set('openai/m@openai', world.now + 900);
    const before = world.now;
    expect(told(await world.request(world.walk(['openai']), () => 'success'))).toEqual(['probe openai']);
    expect(world.now - before).toBeLessThan(2_100);
  });

  it('with a refused credential is left to the others, and tried once a while where there are none', async () => {
    world.keys = { openai: ['openai#1', 'openai#2'] };
    world.credentials.set('credential:openai#1', { disabledSince: world.now, disabledUntil: world.now + 300_000 });
    for (let n = 0; n < 20; n += 1) {
      expect((await world.walk(['openai']).next())?.credential).toBe('openai#2');
    }
    world.keys = { openai: ['openai#1'] };
    expect(told(await world.request(world.walk(['openai']), () => 'auth'))).toEqual(['last-resort openai#1']);
    expect(await world.walk(['openai']).next()).toBeNull();
    expect(world.walk(['openai']).mayComeBack()).toBe(true);
  });

  it('makes its provider’s way back short: within five seconds, whatever traffic there is', async () => {
    for (const every of [1, 50, 400]) {
      world = new World();
      world.open('openai/m@openai', 2_000);
      const back = world.now + 7_777;
      let seen = Infinity;
      for (let n = 0; world.now < back + 10_000 && seen === Infinity; n += 1) {
        const walk = world.walk(['openai', 'fal']);
        const step = await walk.next();
        if (step?.credential === 'openai') {
          world.report(step, world.now >= back ? 'success' : 'timeout');
          if (world.now >= back) seen = world.now;
        }
        world.now += every;
      }
      expect(seen - back).toBeLessThan(5_000);
    }
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
