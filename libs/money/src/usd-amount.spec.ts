import * as fc from 'fast-check';
import { formatUsd, micros, parseUsd } from './index.js';

describe('an amount in USD', () => {
  it.each([
    ['12.50', 12_500_000],
    ['0.000001', 1],
    ['-3', -3_000_000],
    ['0', 0],
    ['999999999.999999', 999_999_999_999_999],
  ])('%p is %d micros', (text, amount) => expect(parseUsd(text)).toBe(amount));

  it.each(['', '1e3', '+1', '1,000', '$5', '5 USD', '.5', '5.', '1.0000001', '1234567890', 'NaN', '--1', ' 1', '0x10'])(
    '%p is refused',
    (text) => expect(parseUsd(text)).toBeNull(),
  );

  it('that was formatted is read back to the same micros', () => {
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }), (amount) => {
        expect(parseUsd(formatUsd(micros(amount)).replace('$', ''))).toBe(amount);
      }),
    );
  });
});
