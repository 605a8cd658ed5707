/**
 * The ledger's unit: an integer count of 1/1,000,000 USD. Safe integers carry nine billion dollars, which is why a
 * plain number (and not a bigint, which JSON cannot carry) is enough on the wire; the database keeps a BIGINT.
 */
export type Micros = number & { readonly __unit: 'micros' };

export const MICROS_PER_USD = 1_000_000;

/** Asserts that `value` is a whole, safely representable amount. Throws: an amount that is not one is a bug. */
export function micros(value: number | bigint): Micros {
  const amount = Number(value);
  if (!Number.isSafeInteger(amount)) throw new RangeError(`Not a whole number of micros: ${String(value)}`);
  return amount as Micros;
}

export const ZERO_MICROS = micros(0);

export function addMicros(...amounts: readonly Micros[]): Micros {
  return micros(amounts.reduce<number>((sum, amount) => sum + amount, 0));
}

/** A JSON number of USD for the public border (`0.045`): micros have six decimals, which a double shows exactly. */
export function microsToUsd(amount: Micros): number {
  return amount / MICROS_PER_USD;
}

/** For sentences: at least two decimals, no more than needed. `$0.05`, `$12.345678`. */
export function formatUsd(amount: Micros): string {
  const digits = (Math.abs(amount) / MICROS_PER_USD).toFixed(6).replace(/0{1,4}$/, '');
  return `${amount < 0 ? '-' : ''}$${digits}`;
}
