import type { ChargeBasis, Price } from '@lumenfall/contracts';
import { priceUsage } from './price-usage.js';

const tokens: Price = {
  version: 'v1',
  lines: [
    { type: 'input', metric: 'token', unitPrice: '0.0000005' },
    { type: 'cache_read', metric: 'token', unitPrice: '0.00000005' },
    { type: 'output', metric: 'token', of: 'image', unitPrice: '0.00003' },
    { type: 'output', metric: 'token', unitPrice: '0.000003' },
  ],
};
const images: Price = {
  version: 'v2',
  lines: [
    { type: 'output', metric: 'image', when: { resolution: '4K' }, unitPrice: '0.24' },
    { type: 'output', metric: 'image', unitPrice: '0.134' },
  ],
};
const charge = (changes: Partial<ChargeBasis>): ChargeBasis => ({
  price: null,
  quantities: [],
  reportedCostUsd: null,
  estimated: false,
  ...changes,
});

describe('the price of usage', () => {
  it('adds components that were each rounded once', () => {
    const bill = priceUsage(
      charge({
        price: tokens,
        quantities: [
          { type: 'input', metric: 'token', quantity: 15 }, // 7.5 micros
          { type: 'cache_read', metric: 'token', quantity: 1000 },
          { type: 'output', metric: 'token', quantity: 24 },
        ],
      }),
    );
    expect(bill.components.map((component) => component.total_cost)).toEqual([8, 50, 72]);
    expect(bill).toMatchObject({ totalMicros: 130, unpriced: false });
  });

  it('takes the line that fits what the tokens encode, and the properties of an image', () => {
    const image = charge({
      price: tokens,
      quantities: [{ type: 'output', metric: 'token', of: 'image', quantity: 1000 }],
    });
    expect(priceUsage(image).totalMicros).toBe(30_000);
    const four = { type: 'output', metric: 'image', quantity: 2, properties: { resolution: '4K' } } as const;
    expect(priceUsage(charge({ price: images, quantities: [four] })).totalMicros).toBe(480_000);
    expect(priceUsage(charge({ price: images, quantities: [{ ...four, properties: {} }] })).totalMicros).toBe(268_000);
  });

  it('charges cached tokens as input if the price list does not distinguish them', () => {
    const quantities = [{ type: 'cache_write', metric: 'token', quantity: 1000 } as const];
    expect(priceUsage(charge({ price: tokens, quantities })).totalMicros).toBe(500);
  });

  it("is the provider's own figure where it reported one", () => {
    const quantities = [{ type: 'output', metric: 'token', quantity: 1000 } as const];
    expect(priceUsage(charge({ price: tokens, quantities, reportedCostUsd: '0.0001234567' })).totalMicros).toBe(123);
  });

  it('is never silently nothing: usage without a line is unpriced', () => {
    const quantities = [{ type: 'output', metric: 'second', quantity: 4 } as const];
    expect(priceUsage(charge({ price: tokens, quantities }))).toMatchObject({ totalMicros: 0, unpriced: true });
    expect(priceUsage(charge({ quantities }))).toMatchObject({ unpriced: true });
    expect(priceUsage(charge({}))).toMatchObject({ totalMicros: 0, unpriced: false });
  });
});
