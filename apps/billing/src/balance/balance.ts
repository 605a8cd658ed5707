import type { Balance } from '@lumenfall/contracts';
import type { AccountFigures } from '@lumenfall/ledger';
import { micros, type Micros } from '@lumenfall/money';

/**
 * What an account can still spend, and whether that is so little that every chat has to be checked before it starts: less
 * than the floor, or than twice what the last hour cost.
 */
export function standingOf(figures: AccountFigures, floorMicros: Micros): Balance {
  const { billingType, balanceMicros, heldMicros, creditLimitMicros, lastHourMicros } = figures;
  const credit = billingType === 'postpaid' ? creditLimitMicros : 0;
  const availableMicros = micros(balanceMicros - heldMicros + credit);
  const low = availableMicros < Math.max(floorMicros, 2 * lastHourMicros);
  return { billingType, balanceMicros, heldMicros, availableMicros, low };
}
