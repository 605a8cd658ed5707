import { firstProblem } from '../calls/call.js';
import { profileSchema } from './profile.js';
import { lumenfallMix } from './profiles.js';

describe('the schema of a profile', () => {
  it('accepts every documented field', () => {
    const gemini = {
      latency_ms: { p50: 800, p95: 5_000 },
      fail: { 500: 0.2, 429: 0.05, empty: 0.02, moderation: 0.1, cut: 0.02, break: 0.01, hang: 0.01, reset: 0.02 },
      down: true,
      retry_after_s: 2,
    };
    const profile = { providers: { gemini, '*': { latency_ms: 5 } }, mix: 'lumenfall', seed: 42, time_scale: 0.01 };
    expect(profileSchema.parse(profile)).toEqual({
      ...profile,
      providers: { ...profile.providers, gemini: { ...gemini, down: 'reset' } },
    });
    expect(profileSchema.parse({})).toEqual({ providers: {}, mix: null, seed: 1, time_scale: 1 });
  });

  it.each([
    [{ providers: { gemni: {} } }, 'providers.gemni', "'gemni' is not a provider: use openrouter"],
    [{ providers: { fal: { fail: { 200: 0.1 } } } }, 'providers.fal.fail.200', "'200' is not a failure: use a status"],
    [{ providers: { fal: { fail: { emty: 0.1 } } } }, 'providers.fal.fail.emty', "'emty' is not a failure"],
    [{ providers: { fal: { fail: { 500: 0.6, 429: 0.5 } } } }, 'providers.fal.fail', 'add up to 1.1'],
    [{ providers: { fal: { fail: { 500: 20 } } } }, 'providers.fal.fail.500', ''],
    [{ providers: { fal: { latency_ms: { p50: 9, p95: 5 } } } }, 'providers.fal.latency_ms', 'p95 must not be below'],
    [{ providers: { fal: { latency_ms: 'slow' } } }, 'providers.fal.latency_ms', 'expected milliseconds up to'],
    [{ providers: { fal: { down: 'maybe' } } }, 'providers.fal.down', 'expected true, false, or one of reset'],
    [{ providers: { fal: { latency: 5 } } }, 'latency', 'Unknown parameter'],
    [{ provider: {} }, 'provider', 'Unknown parameter'],
    [{ mix: 'other' }, 'mix', ''],
    [{ seed: 1.5 }, 'seed', ''],
    [{ time_scale: 0 }, 'time_scale', ''],
    ['fast', null, ''],
  ])('refuses %j, naming %j', (profile, field, message) => {
    const parsed = profileSchema.safeParse(profile);
    const problem = parsed.success ? null : firstProblem(parsed.error);
    expect(problem).toEqual({ field, message: expect.stringContaining(message) });
  });
});

describe("Lumenfall's mix", () => {
  const failing = (work: 'image' | 'video') => {
    const { fail } = lumenfallMix(work, '');
    return {
      all: Object.values(fail).reduce<number>((sum, share) => sum + (share ?? 0), 0),
      policy: fail.moderation ?? 0,
    };
  };

  it.each([
    ['image', 0.77],
    ['video', 0.56],
  ] as const)('lets %s work succeed with probability %d, and over half of the failures are policy', (work, share) => {
    const { all, policy } = failing(work);
    expect(1 - all).toBeCloseTo(share, 2);
    expect(policy / all).toBeGreaterThan(0.5);
  });

  it('has 95th percentiles from 5 s to 7 min', () => {
    expect(lumenfallMix('image', 'fal-ai/flux/schnell').latency).toMatchObject({ p95: 5_000 });
    expect(lumenfallMix('image', 'fal-ai/flux-pro/kontext').latency).toMatchObject({ p95: 420_000 });
  });
});
