import { Decimal } from 'decimal.js';
import { MICROS_PER_USD, micros, type Micros } from './micros.js';

// A price has at most 30 significant digits, a quantity 17 and a margin 11; a reported cost is shorter. 120 digits keep
// every product exact until it is rounded.
const Exact = Decimal.clone({ precision: 120, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -60, toExpPos: 60 });

const DECIMAL = /^\d{1,12}(\.\d{1,18})?$/;
const PERCENT = /^\d{1,4}(\.\d{1,6})?$/;

/** True for what a price may look like in the catalog: a plain, unsigned decimal without an exponent. */
export function isDecimalString(text: string): boolean {
  return DECIMAL.test(text);
}

/** True for a margin: a plain decimal of percent, not negative, below 10,000, with at most six decimals (`12.5`). */
export function isPercent(text: string): boolean {
  return PERCENT.test(text);
}

/**
 * The one rounding point of the system: `quantity` units at `unitPrice` USD each, plus the margin, rounded half up to
 * whole micros. A total is the sum of its rounded components, so every printed answer adds up.
 *
 * @param unitPrice decimal string, USD per unit
 * @param quantity units, whole or fractional (megapixels, seconds)
 * @param marginPercent what is added to the price, see `isPercent`
 */
export function priceComponent(unitPrice: string, quantity: number, marginPercent: string | null = null): Micros {
  return toMicros(new Exact(withMargin(unitPrice, marginPercent)).times(quantity));
}

/** A cost that a provider reported in USD (number or decimal text), plus the margin, rounded half up to micros. */
export function usdToMicros(usd: string | number, marginPercent: string | null = null): Micros {
  return toMicros(new Exact(withMargin(usd, marginPercent)));
}

/** `usd` increased by a percentage, exactly: 0.04 and 12.5 give 0.045. */
export function withMargin(usd: string | number, marginPercent: string | null): string {
  if (marginPercent === null) return new Exact(usd).toFixed();
  return new Exact(marginPercent).div(100).plus(1).times(usd).toFixed();
}

function toMicros(usd: Decimal): Micros {
  return micros(usd.times(MICROS_PER_USD).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber());
}
