import type { Attempt, ChargeBasis, Quantity } from '@lumenfall/contracts';
import { anOffering, aTokenPrice } from '@lumenfall/testing';
import { costLineOf, noteCost, type PaidWork } from './cost-line.js';

const charge = (quantities: Quantity[], reportedCostUsd: string | null = null): ChargeBasis => ({
  price: {
    version: 'mixed',
    lines: [
      ...aTokenPrice().lines,
      { type: 'output', metric: 'image', unitPrice: '0.04' },
      { type: 'output', metric: 'megapixel', unitPrice: '0.01' },
      { type: 'output', metric: 'second', unitPrice: '0.1' },
    ],
  },
  quantities,
  reportedCostUsd,
  estimated: false,
});
const tokens: PaidWork = { charge: charge([{ type: 'output', metric: 'token', quantity: 500 }]), source: 'provider' };
const image = charge([{ type: 'output', metric: 'image', quantity: 1 }]);

describe('a cost line', () => {
  it.each<[string, PaidWork, number]>([
    ['reported', { charge: charge([], '0.0123'), source: 'provider' }, 12_300],
    ['priced', tokens, 1_000],
    ['measured', { ...tokens, source: 'measured' }, 1_000],
    [
      'measured',
      { charge: charge([{ type: 'output', metric: 'megapixel', quantity: 2 }]), source: 'measured' },
      20_000,
    ],
    ['flat', { charge: image, source: 'plan' }, 40_000],
    ['flat', { charge: image, source: 'measured' }, 40_000],
    ['requested', { charge: charge([{ type: 'output', metric: 'second', quantity: 4 }]), source: 'plan' }, 400_000],
    ['none', { charge: charge([]), source: 'provider' }, 0],
  ])('says how the cost is known: %s', (costBasis, work, costMicros) => {
    expect(costLineOf([work])).toEqual({ costMicros, costBasis });
  });

  it('adds up the calls of an attempt and has the least exact of their bases', () => {
    expect(costLineOf([{ charge: image, source: 'plan' }, tokens])).toEqual({ costMicros: 41_000, costBasis: 'flat' });
    expect(costLineOf([])).toEqual({ costMicros: 0, costBasis: 'none' });
  });

  it('is noted beside what the customer pays, which is nothing for work that was not delivered', () => {
    const { provider, providerModel } = anOffering();
    const attempt = { provider, executedModel: providerModel, costMicros: 0 } as Attempt;
    noteCost(attempt, [tokens], null);
    expect(attempt).toMatchObject({ costMicros: 1_000, costBasis: 'priced', chargedMicros: 0 });
    noteCost(attempt, [tokens], image);
    expect(attempt).toMatchObject({ costMicros: 1_000, costBasis: 'priced', chargedMicros: 40_000 });
  });
});
