import { chargeBasisSchema, type PlannedOffering, type Price, type Quantity } from '@lumenfall/contracts';
import { isPriceable, joinCharges, plannedCharge, reportedCharge } from './charge.js';
import { priceUsage } from './price-usage.js';

const perImage: PlannedOffering = {
  provider: 'gemini',
  providerName: 'Google Gemini API',
  providerModel: 'gemini-3-pro-image-preview',
  price: {
    version: 'per-image',
    lines: [
      { type: 'output', metric: 'image', when: { resolution: '4K' }, unitPrice: '0.24' },
      { type: 'output', metric: 'image', unitPrice: '0.134' },
    ],
  },
  parameters: {},
  priority: 0,
  weight: 1,
  estimate: [{ type: 'output', metric: 'image', properties: { resolution: '4K' }, quantity: 3 }],
};
const perToken: PlannedOffering = {
  ...perImage,
  provider: 'openai',
  price: { version: 'per-token', lines: [{ type: 'output', metric: 'token', unitPrice: '0.00004' }] },
  estimate: [{ type: 'output', metric: 'token', quantity: 4096 }],
};
const tokens = (quantity: number): Quantity[] => [{ type: 'output', metric: 'token', quantity }];
const micros = (charge: Parameters<typeof priceUsage>[0]): number => priceUsage(charge).totalMicros;

describe('a planned charge', () => {
  it('equals the estimate if everything is delivered, with the properties that selected its price', () => {
    expect(micros(plannedCharge(perImage, { delivered: 3, of: 3 }))).toBe(720_000);
  });

  it('is reduced to the part that was delivered', () => {
    expect(micros(plannedCharge(perImage, { delivered: 2, of: 3 }))).toBe(480_000);
  });

  it('counts output megapixels as measured', () => {
    const offering: PlannedOffering = {
      ...perImage,
      price: { version: 'mp', lines: [{ type: 'output', metric: 'megapixel', unitPrice: '0.01' }] },
      estimate: [{ type: 'output', metric: 'megapixel', quantity: 1 }],
    };
    expect(
      micros(
        plannedCharge(offering, { delivered: 1, of: 1, made: [{ megapixels: 2.5, seconds: null, properties: {} }] }),
      ),
    ).toBe(25_000);
  });

  it('counts input megapixels as planned', () => {
    const offering: PlannedOffering = {
      ...perImage,
      price: {
        version: 'mp',
        lines: [
          { type: 'output', metric: 'megapixel', unitPrice: '0.01' },
          { type: 'input', metric: 'megapixel', unitPrice: '0.002' },
        ],
      },
      estimate: [
        { type: 'output', metric: 'megapixel', quantity: 2 },
        { type: 'input', metric: 'megapixel', quantity: 8 },
      ],
    };
    expect(
      micros(
        plannedCharge(offering, { delivered: 1, of: 2, made: [{ megapixels: 2.5, seconds: null, properties: {} }] }),
      ),
    ).toBe(25_000 + 8_000);
  });
});

describe('a reported charge', () => {
  it('counts input that was read from a cache as input', () => {
    const estimate: Quantity[] = [{ type: 'input', metric: 'token', of: 'text', quantity: 9 }, ...perToken.estimate];
    const usage: Quantity[] = [{ type: 'cache_read', metric: 'token', of: 'text', quantity: 9 }, ...tokens(10)];
    expect(isPriceable({ ...perToken, estimate }, { usage, reportedCostUsd: null })).toBe(true);
    expect(isPriceable({ ...perToken, estimate }, { usage: tokens(10), reportedCostUsd: null })).toBe(false);
  });

  it('counts only figures in the units of the price', () => {
    expect(isPriceable(perToken, { usage: tokens(10), reportedCostUsd: null })).toBe(true);
    expect(isPriceable(perImage, { usage: tokens(10), reportedCostUsd: null })).toBe(false);
    expect(isPriceable(perToken, { usage: null, reportedCostUsd: null })).toBe(false);
    expect(isPriceable(perImage, { usage: null, reportedCostUsd: '0.1' })).toBe(true);
  });

  it('takes the properties that select the price line from the plan if the provider reports none', () => {
    const usage: Quantity[] = [{ type: 'output', metric: 'image', quantity: 1 }];
    expect(micros(reportedCharge(perImage, { usage, reportedCostUsd: null }, { delivered: 1, of: 1 }))).toBe(240_000);
  });

  it('is reduced to the delivered part of a call', () => {
    const whole = { delivered: 1, of: 1 };
    expect(micros(reportedCharge(perToken, { usage: tokens(1000), reportedCostUsd: null }, whole))).toBe(40_000);
    expect(
      micros(reportedCharge(perToken, { usage: tokens(1000), reportedCostUsd: null }, { delivered: 1, of: 4 })),
    ).toBe(10_000);
    expect(reportedCharge(perToken, { usage: null, reportedCostUsd: '0.123456789' }, whole).reportedCostUsd).toBe(
      '0.123456789',
    );
    expect(
      reportedCharge(perToken, { usage: null, reportedCostUsd: '0.3' }, { delivered: 1, of: 3 }).reportedCostUsd,
    ).toBe('0.1');
  });
});

describe('joined charges', () => {
  it('of one price add up their quantities before they are rounded', () => {
    const third = reportedCharge(perToken, { usage: tokens(1), reportedCostUsd: null }, { delivered: 1, of: 100 }); // 0.4 micros
    expect(micros(joinCharges(Array.from({ length: 5 }, () => third)))).toBe(2);
    expect(joinCharges([third, third]).quantities).toHaveLength(1);
  });

  it('of different prices cost the sum of what each costs', () => {
    const whole = { delivered: 1, of: 1 };
    const parts = [
      plannedCharge(perImage, { delivered: 1, of: 3 }),
      reportedCharge(perToken, { usage: tokens(1000), reportedCostUsd: null }, whole),
      reportedCharge(perToken, { usage: null, reportedCostUsd: '0.0000015' }, whole),
    ];
    const joined = joinCharges(parts);
    expect(micros(joined)).toBe(240_000 + 40_000 + 2);
    expect(joined.quantities).toHaveLength(2);
  });

  it('with a margin cost the sum of their parts, each rounded once', () => {
    const whole = { delivered: 1, of: 1 };
    const [image, token] = [perImage, perToken].map((offering) => ({ ...offering, marginPercent: '10' }));
    const parts = [
      plannedCharge(image ?? perImage, { delivered: 1, of: 3 }),
      reportedCharge(token ?? perToken, { usage: null, reportedCostUsd: '0.0000015' }, whole),
      reportedCharge(token ?? perToken, { usage: null, reportedCostUsd: '0.0000015' }, whole),
    ];
    const joined = joinCharges([joinCharges(parts.slice(0, 2)), ...parts.slice(2)]);
    expect(micros(joined)).toBe(264_000 + 2 + 2);
    expect(chargeBasisSchema.parse(joined)).toEqual(joined);
  });

  it('pay the fee of a request once per price', () => {
    const price: Price = {
      version: 'fee',
      lines: [
        { type: 'output', metric: 'token', unitPrice: '0.00004' },
        { type: 'input', metric: 'request', unitPrice: '0.01' },
      ],
    };
    const offering = { ...perToken, price };
    const call = reportedCharge(offering, { usage: tokens(1000), reportedCostUsd: null }, { delivered: 1, of: 1 });
    expect(micros(joinCharges([call, call]))).toBe(80_000 + 10_000);
  });

  it('of no calls charge nothing', () => {
    expect(micros(joinCharges([]))).toBe(0);
  });
});
