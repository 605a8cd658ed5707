import type { PlannedOffering, PriceLine, Quantity } from '@lumenfall/contracts';
import { anOffering, aPlan } from '@lumenfall/testing';
import { estimateMicrosOf, estimatePlan, plannedCharge, priceUsage, withoutMargin, type MadeItem } from './index.js';

type Case = [
  dimension: string,
  lines: PriceLine[],
  used: Quantity[],
  micros: number,
  /** With a margin of 12.5 percent. */
  withMargin: number,
];

const token = (type: PriceLine['type'], unitPrice: string, more: Partial<PriceLine> = {}): PriceLine => ({
  ...{ type, metric: 'token', unitPrice },
  ...more,
});
const output = (metric: PriceLine['metric'], unitPrice: string, when?: Record<string, string>): PriceLine => ({
  ...{ type: 'output', metric, unitPrice },
  ...(when && { when }),
});
const tiered = [
  token('input', '0.0000025', { above: 200_000 }),
  token('input', '0.00000125'),
  token('cache_read', '0.00000025', { above: 200_000 }),
  token('cache_read', '0.000000125'),
  token('output', '0.000015', { above: 200_000 }),
  token('output', '0.00001'),
];
const tokens = (input: number, cached: number, out: number): Quantity[] => [
  { type: 'input', metric: 'token', quantity: input },
  { type: 'cache_read', metric: 'token', quantity: cached },
  { type: 'output', metric: 'token', quantity: out },
];
const seconds = (quantity: number, properties: Record<string, string>): Quantity[] => [
  { type: 'output', metric: 'second', quantity, properties },
];
const video = [
  output('second', '0.084', { resolution: '720p', audio: 'off' }),
  output('second', '0.126', { resolution: '720p' }),
  output('second', '0.2', { audio: 'off' }),
  output('second', '0.3'),
];

const CASES: Case[] = [
  [
    'input and output tokens',
    [token('input', '0.000001'), token('output', '0.000002')],
    tokens(1000, 0, 500),
    2000,
    2250,
  ],
  ['cached input at its own price', tiered, tokens(100, 900, 0), 125 + 113, 141 + 127],
  [
    'cached input without a price of its own, as input',
    [token('input', '0.000001')],
    tokens(100, 900, 0),
    1000,
    113 + 1013,
  ],
  [
    'written cache',
    [token('cache_write', '0.00000125')],
    [{ type: 'cache_write', metric: 'token', quantity: 8 }],
    10,
    11,
  ],
  [
    'image tokens apart from text',
    [token('input', '0.000008', { of: 'image' }), token('input', '0.000005')],
    [
      { type: 'input', metric: 'token', of: 'image', quantity: 100 },
      { type: 'input', metric: 'token', of: 'text', quantity: 10 },
    ],
    850,
    900 + 56,
  ],
  ['a context of exactly the limit, at the lower price', tiered, tokens(200_000, 0, 1000), 260_000, 292_500],
  ['a context above the limit, all of it at the higher price', tiered, tokens(200_001, 0, 1000), 515_003, 579_378],
  ['a context that is above the limit with its cached part', tiered, tokens(100_000, 150_000, 0), 287_500, 323_438],
  [
    'an image by size and quality',
    [output('image', '0.08', { size: '1024x1536', quality: 'high' }), output('image', '0.04')],
    [{ type: 'output', metric: 'image', quantity: 3, properties: { size: '1024x1536', quality: 'high' } }],
    240_000,
    270_000,
  ],
  [
    'megapixels',
    [output('megapixel', '0.012')],
    [{ type: 'output', metric: 'megapixel', quantity: 1.048576 }],
    12_583,
    14_156,
  ],
  ['seconds by resolution and sound', video, seconds(5, { resolution: '720p', audio: 'off' }), 420_000, 472_500],
  ['seconds by resolution, with sound', video, seconds(5, { resolution: '720p', audio: 'on' }), 630_000, 708_750],
  [
    'seconds by sound, in another resolution',
    video,
    seconds(5, { resolution: '1080p', audio: 'off' }),
    1_000_000,
    1_125_000,
  ],
  ['fractional seconds', video, seconds(2.5, { resolution: '1080p' }), 750_000, 843_750],
  ['a whole video', [output('video', '0.5')], [{ type: 'output', metric: 'video', quantity: 1 }], 500_000, 562_500],
  [
    'a fee per request, beside its tokens',
    [{ type: 'input', metric: 'request', unitPrice: '0.005' }, token('output', '0.000001')],
    [
      { type: 'output', metric: 'token', quantity: 100 },
      { type: 'input', metric: 'request', quantity: 1 },
    ],
    5_100,
    5_625 + 113,
  ],
];

const offeringOf = (lines: PriceLine[], estimate: Quantity[], marginPercent?: string): PlannedOffering =>
  anOffering({ price: { version: 'v', lines }, estimate, marginPercent });

describe.each(CASES)('the price of %s', (_, lines, used, micros, withMargin) => {
  it.each([
    ['without a margin', undefined, micros],
    ['with a margin', '12.5', withMargin],
  ])('is the same in a dry run, a hold and a charge, %s', (__, marginPercent, expected) => {
    const offering = offeringOf(lines, used, marginPercent);
    const plan = aPlan({ route: [offering] });
    expect(estimatePlan(plan)).toMatchObject({ value: { total_cost_micros: expected } });
    expect(estimateMicrosOf(plan)).toBe(expected);
    const charge = plannedCharge(offering, { delivered: 1, of: 1 });
    expect(priceUsage(charge)).toMatchObject({ totalMicros: expected, unpriced: false });
    expect(priceUsage(withoutMargin(charge)).totalMicros).toBe(micros);
  });
});

describe('what was made', () => {
  const made = (properties: Record<string, string>, more: Partial<MadeItem> = {}): MadeItem => ({
    ...{ megapixels: 1, seconds: null, properties },
    ...more,
  });
  const images = (quantity: number, resolution: string): Quantity[] => [
    { type: 'output', metric: 'image', quantity, properties: { resolution } },
  ];
  const byTier = [
    output('image', '0.24', { resolution: '4K' }),
    output('image', '0.02', { resolution: '0.5K' }),
    output('image', '0.134'),
  ];
  const microsOf = (offering: PlannedOffering, items: MadeItem[], of = items.length): number =>
    priceUsage(plannedCharge(offering, { delivered: items.length, of, made: items })).totalMicros;

  it('has the price of each image that was delivered, if it is lower than planned', () => {
    const offering = offeringOf(byTier, images(3, '4K'));
    const items = ['4K', '1K', '0.5K'].map((resolution) => made({ resolution, size: 'any' }));
    expect(microsOf(offering, items)).toBe(240_000 + 134_000 + 20_000);
    expect(microsOf(offering, items.slice(1), 3)).toBe(134_000 + 20_000);
  });

  it('never costs more than planned', () => {
    expect(microsOf(offeringOf(byTier, images(1, '1K')), [made({ resolution: '4K' })])).toBe(134_000);
    expect(
      microsOf(offeringOf(video, seconds(5, { resolution: '720p' })), [made({ resolution: '1080p' }, { seconds: 9 })]),
    ).toBe(630_000);
  });

  it('has the lower price of a video in a lower resolution', () => {
    const offering = offeringOf(video, seconds(5, { resolution: '1080p', audio: 'on' }));
    expect(microsOf(offering, [made({ resolution: '720p' }, { seconds: 5.04 })])).toBe(630_000);
  });

  it('costs its seconds if a video is shorter than planned', () => {
    const offering = offeringOf(video, seconds(10, { resolution: '1080p' }));
    expect(microsOf(offering, [made({ resolution: '1080p' }, { seconds: 5.125 })])).toBe(1_537_500);
    expect(microsOf(offering, [made({ resolution: '1080p' }, { seconds: 9.6 })])).toBe(3_000_000);
  });

  it('costs the fee of a request once, however many of its images were delivered', () => {
    const lines: PriceLine[] = [output('image', '0.04'), { type: 'input', metric: 'request', unitPrice: '0.01' }];
    const offering = offeringOf(lines, [...images(4, '1K'), { type: 'input', metric: 'request', quantity: 1 }]);
    expect(microsOf(offering, [made({}), made({})], 4)).toBe(90_000);
  });
});
