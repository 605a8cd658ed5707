import { Decimal } from 'decimal.js';
import { MICROS_PER_USD, micros, type Micros } from './micros.js';

/** An amount as a person writes it. Nine digits before the point are less than the largest countable amount. */
const AMOUNT = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/;

/**
 * Reads an amount in USD exactly: `12.50`, `-3`. Null for anything else: an exponent, a sign other than `-`, separators
 * of thousands, a currency, more than six decimals.
 */
export function parseUsd(text: string): Micros | null {
  return AMOUNT.test(text) ? micros(new Decimal(text).times(MICROS_PER_USD).toNumber()) : null;
}
