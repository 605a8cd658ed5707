import * as fc from 'fast-check';
import { formatUsd, isDecimalString, micros, microsToUsd, priceComponent, usdToMicros } from './index.js';

describe('priceComponent', () => {
  it.each([
    ['0.04', 2, 80_000],
    ['0.0000125', 15, 188], // 187.5: half goes up
    ['0.0000001', 4, 0], // 0.4 micros
    ['0.0000001', 5, 1], // 0.5 micros
    ['0.1', 3, 300_000], // 0.30000000000000004 in binary floats
    ['0.05', 1.048576, 52_429],
  ])('%s USD x %d units is %d micros', (unitPrice, quantity, expected) => {
    expect(priceComponent(unitPrice, quantity)).toBe(expected);
  });

  it.each([
    ['0.04', 1, '12.5', 45_000],
    ['0.0000001', 5, '0', 1],
    ['0.0000001', 4, '25', 1], // 0.5 micros: rounded once, after the margin
    ['0.1', 1, '0.000001', 100_000],
    ['0.1', 1_000, '0.000001', 100_000_001],
    ['999999999999.999999999999999999', 1e-9, '9999.999999', 101_000_000_000 - 10],
  ])('%s USD x %d units with a margin of %s percent is %d micros', (unitPrice, quantity, margin, expected) => {
    expect(priceComponent(unitPrice, quantity, margin)).toBe(expected);
  });

  it('is exact where a float multiplication is not', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 1_000_000 }), (price, units) => {
        const unitPrice = `0.${String(price).padStart(9, '0')}`; // nano-USD
        const exact = (BigInt(price) * BigInt(units) + 500n) / 1000n;
        expect(priceComponent(unitPrice, units)).toBe(Number(exact));
      }),
    );
  });
});

describe('amounts', () => {
  it('reads a reported cost without a float error', () => {
    expect(usdToMicros(0.1 + 0.2)).toBe(300_000);
    expect(usdToMicros('0.0000005')).toBe(1);
    expect(usdToMicros(1e-9)).toBe(0);
  });

  it('refuses a fraction of a micro', () => {
    expect(() => micros(0.5)).toThrow(RangeError);
    expect(() => micros(Number.MAX_SAFE_INTEGER + 1)).toThrow(RangeError);
  });

  it.each([
    [50_000, '$0.05', 0.05],
    [12_345_678, '$12.345678', 12.345678],
    [0, '$0.00', 0],
    [-20_000, '-$0.02', -0.02],
    [10_000_000, '$10.00', 10],
  ])('%d micros read %s', (amount, text, usd) => {
    expect(formatUsd(micros(amount))).toBe(text);
    expect(microsToUsd(micros(amount))).toBe(usd);
  });

  it.each([
    ['0.04', true],
    ['1', true],
    ['1e-5', false],
    ['-1', false],
    ['.5', false],
    ['', false],
  ])('%p as a catalog price: %p', (text, valid) => {
    expect(isDecimalString(text)).toBe(valid);
  });
});
