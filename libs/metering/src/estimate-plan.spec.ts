import type { PriceLine, Quantity } from '@lumenfall/contracts';
import { anOffering, aPlan } from '@lumenfall/testing';
import { estimateMicrosOf, estimatePlan } from './estimate-plan.js';

const offering = (line: PriceLine, quantity: number) => {
  const estimate: Quantity[] = [{ type: line.type, metric: line.metric, quantity }];
  return anOffering({ price: { version: 'v1', lines: [line] }, estimate });
};
const estimateOf = (line: PriceLine, quantity: number) => estimatePlan(aPlan({ route: [offering(line, quantity)] }));

describe('estimatePlan', () => {
  it.each([
    ['token', '0.000001', 1_290.5, 1_291, 1_291],
    ['image', '0.04', 2, 2, 80_000],
    ['character', '0.00001', 10.01, 11, 110],
    ['video', '0.5', 1, 1, 500_000],
    ['megapixel', '0.01', 1.5, 1.5, 15_000],
    ['second', '0.1', 2.5, 2.5, 250_000],
  ] as const)('shows the quantity of %s in whole units if it is counted', (metric, unitPrice, planned, shown, cost) => {
    expect(estimateOf({ type: 'output', metric, unitPrice }, planned)).toMatchObject({
      ok: true,
      value: {
        total_cost_micros: cost,
        components: [{ metric, quantity: shown, billable_quantity: shown, total_cost: cost }],
      },
    });
  });

  it('names the model and the field if the first offering has no price', () => {
    expect(estimatePlan(aPlan({ model: 'new-model', route: [anOffering({ price: null })] }))).toMatchObject({
      ok: false,
      error: { code: 'UNPRICED_MODEL', message: expect.stringContaining("'new-model'"), param: 'model' },
    });
  });
});

describe('estimateMicrosOf', () => {
  it('covers the most expensive offering of the route', () => {
    const line = (unitPrice: string): PriceLine => ({ type: 'output', metric: 'image', unitPrice });
    const plan = aPlan({ route: [offering(line('0.04'), 2), offering(line('0.05'), 2), offering(line('0.01'), 2)] });
    expect(estimateMicrosOf(plan)).toBe(100_000);
    expect(estimateMicrosOf({ ...plan, route: [] })).toBe(0);
  });

  it('assumes a high price if only the provider will know the cost', () => {
    const plan = aPlan({ route: [anOffering({ price: null, marginPercent: '100' })] });
    expect(estimateMicrosOf(plan)).toBe(2 * (10 * 30 + 20 * 180));
  });
});
