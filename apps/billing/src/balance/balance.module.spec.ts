import { micros } from '@lumenfall/money';
import { balanceOf } from './balance.module.js';

const figures = (changes: Partial<Parameters<typeof balanceOf>[0]> = {}) => ({
  billingType: 'prepaid' as const,
  balanceMicros: micros(10_000_000),
  creditLimitMicros: micros(0),
  heldMicros: micros(0),
  lastHourMicros: micros(0),
  ...changes,
});
const FLOOR = micros(1_000_000);

describe('balanceOf', () => {
  it('subtracts active holds from what is available', () => {
    expect(balanceOf(figures({ heldMicros: micros(4_000_000) }), FLOOR)).toMatchObject({
      balanceMicros: 10_000_000,
      availableMicros: 6_000_000,
    });
  });

  it('adds the credit limit of postpaid accounts only', () => {
    const creditLimitMicros = micros(5_000_000);
    expect(balanceOf(figures({ creditLimitMicros }), FLOOR).availableMicros).toBe(10_000_000);
    expect(balanceOf(figures({ creditLimitMicros, billingType: 'postpaid' }), FLOOR).availableMicros).toBe(15_000_000);
  });

  it.each([
    ['at the floor', 1_000_000, 0, false],
    ['just below the floor', 999_999, 0, true],
    ['at twice the last hour', 6_000_000, 3_000_000, false],
    ['just below twice the last hour', 5_999_999, 3_000_000, true],
  ])('decides whether a balance %s is low', (_, balance, lastHour, low) => {
    const account = figures({ balanceMicros: micros(balance), lastHourMicros: micros(lastHour) });
    expect(balanceOf(account, FLOOR).low).toBe(low);
  });
});
