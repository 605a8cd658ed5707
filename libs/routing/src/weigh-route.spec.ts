import type { PlannedOffering } from '@lumenfall/contracts';
import { anOffering, aTokenPrice } from '@lumenfall/testing';
import * as fc from 'fast-check';
import { UNKNOWN_CREDENTIAL, UNKNOWN_CANDIDATE, type CredentialHealth, type CandidateHealth } from './health.js';
import { weighRoute } from './weigh-route.js';

const NOW = 1_800_000_000_000;
const measured = (success: number, latencyMs: number): Partial<CandidateHealth> => ({
  success: { total: success, mass: 1 },
  latency: { total: latencyMs, mass: 1 },
});
const priced = (usd: string): PlannedOffering['price'] =>
  aTokenPrice({ lines: ['input', 'output'].map((type) => ({ type, metric: 'token', unitPrice: usd })) as never });

interface Scene {
  route: PlannedOffering[];
  keys?: Partial<Record<string, string[]>>;
  candidates?: Record<string, Partial<CandidateHealth>>;
  credentials?: Record<string, CredentialHealth>;
  random?: () => number;
}

const weigh = ({ route, keys = {}, candidates = {}, credentials = {}, random = Math.random }: Scene) =>
  weighRoute({
    route,
    credentialsOf: (provider) => keys[provider] ?? [provider],
    health: {
      candidate: (key) => ({ ...UNKNOWN_CANDIDATE, ...candidates[key.slice(0, key.indexOf('/'))], ...candidates[key] }),
      credential: (key) => credentials[key] ?? UNKNOWN_CREDENTIAL,
    },
    now: NOW,
    random,
  });
const at = (provider: PlannedOffering['provider'], more: Partial<PlannedOffering> = {}) =>
  anOffering({ provider, providerModel: 'm', ...more });
const shares = (scene: Scene): Record<string, number> =>
  Object.fromEntries(weigh(scene).order.map(({ executedModel, share }) => [executedModel.replace('/m', ''), share]));

describe('the shares within a priority group', () => {
  it('are equal if the offerings do not differ and nothing was measured', () => {
    expect(shares({ route: [at('openai'), at('openrouter')] })).toEqual({ openai: 0.5, openrouter: 0.5 });
  });

  it('are proportional to the weights', () => {
    expect(shares({ route: [at('openai', { weight: 3 }), at('openrouter')] })).toEqual({
      openai: 0.75,
      openrouter: 0.25,
    });
  });

  it('fall with the square of the success rate', () => {
    const candidates = { openai: measured(1, 100), openrouter: measured(0.5, 100) };
    const { openai = 0, openrouter = 0 } = shares({ route: [at('openai'), at('openrouter')], candidates });
    expect(openai / openrouter).toBeCloseTo((1.1 / 0.6) ** 2, 1);
  });

  it('stay above zero after failures that have not opened the breaker', () => {
    const route = [at('openai'), at('openrouter')];
    expect(shares({ route, candidates: { openai: measured(0, 100) } })['openai']).toBeGreaterThan(0.04);
    expect(shares({ route, candidates: { openai: { success: { total: 0, mass: 0.05 } } } })['openai']).toBeGreaterThan(
      0.25,
    );
  });

  it.each([
    [400, 0.5],
    [900, 1 / 3],
    [1_000_000, 0.25],
  ])('fall with the square root of latency, down to a quarter: %d ms instead of 100', (latency, factor) => {
    const candidates = { openai: measured(1, 100), openrouter: measured(1, latency) };
    const { openai = 1, openrouter = 0 } = shares({ route: [at('openai'), at('openrouter')], candidates });
    expect(openrouter / openai).toBeCloseTo(factor, 2);
  });

  it.each([
    ['0.002', 0.5],
    ['0.1', 0.25],
  ])('fall with the price, down to a quarter: %s instead of 0.001 USD', (price, factor) => {
    const route = [at('openai', { price: priced('0.001') }), at('openrouter', { price: priced(price) })];
    const { openai = 1, openrouter = 0 } = shares({ route });
    expect(openrouter / openai).toBeCloseTo(factor, 2);
  });

  it('treat an unknown latency or price as the best', () => {
    const route = [at('openai', { price: priced('0.001') }), at('openrouter', { price: null })];
    expect(shares({ route, candidates: { openai: measured(1, 5_000) } })).toEqual({ openai: 0.5, openrouter: 0.5 });
  });

  it('are the probabilities of the draw', () => {
    const route = [at('openai', { weight: 8 }), at('openrouter', { weight: 2 })];
    const first = Array.from({ length: 4_000 }, () => weigh({ route }).candidates[0]?.offering.provider);
    const part = first.filter((provider) => provider === 'openai').length / first.length;
    expect(part).toBeGreaterThan(0.76);
    expect(part).toBeLessThan(0.84);
  });
});

describe('weighRoute', () => {
  it('reports the expected cost of the request for each candidate', () => {
    const free = aTokenPrice({ lines: [{ type: 'input', metric: 'token', unitPrice: '0' }] });
    const estimate = [{ type: 'input' as const, metric: 'token' as const, quantity: 10 }];
    const { order } = weigh({
      route: [at('openai'), at('openrouter', { price: null }), at('gemini', { price: free, estimate })],
    });
    const expected = Object.fromEntries(order.map((candidate) => [candidate.executedModel, candidate.expectedMicros]));
    expect(expected).toEqual({ 'openai/m': 50, 'openrouter/m': null, 'gemini/m': 0 });
  });

  it('keeps priority groups in order, whatever their shares', () => {
    const route = [at('openai', { priority: 1, weight: 1_000 }), at('openrouter'), at('fal', { priority: 2 })];
    for (let n = 0; n < 50; n += 1) {
      expect(weigh({ route }).candidates.map(({ offering }) => offering.provider)).toEqual([
        'openrouter',
        'openai',
        'fal',
      ]);
    }
  });

  it('puts an offering of weight 0 at the end of its group', () => {
    const route = [at('openai', { weight: 0 }), at('openrouter'), at('fal', { priority: 1 })];
    for (let n = 0; n < 50; n += 1) {
      expect(weigh({ route }).candidates.map(({ offering }) => offering.provider)).toEqual([
        'openrouter',
        'openai',
        'fal',
      ]);
    }
  });

  it('rotates the credentials and puts one of each offering before the others', () => {
    const keys = { openai: ['openai#1', 'openai#2', 'openai#3'] };
    const seen = new Map<string, number>();
    for (let n = 0; n < 3_000; n += 1) {
      const { candidates } = weigh({ route: [at('openai'), at('openrouter')], keys });
      expect(new Set(candidates.slice(0, 2).map(({ index }) => index)).size).toBe(2);
      expect(candidates).toHaveLength(4);
      const credential = candidates.find(({ index }) => index === 0)?.credential ?? '';
      seen.set(credential, (seen.get(credential) ?? 0) + 1);
    }
    for (const count of seen.values()) expect(count).toBeGreaterThan(850);
    expect(seen.size).toBe(3);
  });

  it('puts unhealthy candidates last and reports their circuit state', () => {
    const keys = { openai: ['openai#1', 'openai#2'], fal: ['fal'], gemini: ['gemini'] };
    const { order } = weigh({
      route: [at('openai'), at('fal'), at('gemini'), at('openrouter', { priority: 5 })],
      keys,
      candidates: { 'fal/m@fal': { openUntil: NOW - 1 }, 'gemini/m@gemini': { restingUntil: NOW + 1 } },
      credentials: { 'credential:openai#1': { disabledSince: NOW, disabledUntil: NOW + 1 } },
    });
    expect(order.map(({ credential, circuitState }) => [credential, circuitState])).toEqual([
      ['openai#2', 'healthy'],
      ['openrouter', 'healthy'],
      ['openai#1', 'disabled'],
      ['fal', 'open'],
      ['gemini', 'resting'],
    ]);
  });

  it('has no candidates if this process has no credentials', () => {
    expect(weigh({ route: [at('openai')], keys: { openai: [] } }).candidates).toEqual([]);
  });

  it('contains every candidate once, healthy ones first, with shares that add up to 1 in each group', () => {
    const providers = ['openai', 'openrouter', 'fal', 'gemini', 'vertex'] as const;
    const offering = fc.record({
      weight: fc.integer({ min: 1, max: 9 }),
      priority: fc.integer({ min: 0, max: 2 }),
      keys: fc.integer({ min: 1, max: 3 }),
      open: fc.boolean(),
      success: fc.double({ min: 0, max: 1, noNaN: true }),
      latency: fc.integer({ min: 1, max: 100_000 }),
    });
    fc.assert(
      fc.property(fc.array(offering, { minLength: 1, maxLength: 5 }), (offerings) => {
        const named = offerings.map((each, index) => ({ ...each, provider: providers[index] ?? 'openai' }));
        const scene: Scene = {
          route: named.map(({ provider, weight, priority }) => at(provider, { weight, priority })),
          keys: Object.fromEntries(
            named.map(({ provider, keys }) => [provider, [...Array(keys).keys()].map((n) => `${provider}#${n}`)]),
          ),
          candidates: Object.fromEntries(
            named.map(({ provider, open, success, latency }) => [
              provider,
              { ...measured(success, latency), openUntil: open ? NOW : null },
            ]),
          ),
        };
        const { candidates, order } = weigh(scene);
        expect(new Set(candidates.map(({ key }) => key)).size).toBe(named.reduce((sum, { keys }) => sum + keys, 0));
        const states = order.map(({ circuitState }) => circuitState);
        expect(states).toEqual(
          [...states].sort((one, other) => Number(one !== 'healthy') - Number(other !== 'healthy')),
        );
        for (const priority of new Set(named.filter(({ open }) => !open).map((each) => each.priority))) {
          const sum = order
            .filter((candidate) => candidate.priority === priority)
            .reduce((total, { share }) => total + share, 0);
          expect(sum).toBeCloseTo(1, 1);
        }
      }),
    );
  });
});
