import { Decimal } from 'decimal.js';
import { MICROS_PER_USD, micros, type Micros } from './micros.js';

// Prices have at most 20 significant digits and quantities 16: 60 digits keep every product exact until it is rounded.
const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -40, toExpPos: 40 });

const DECIMAL = /^\d{1,12}(\.\d{1,18})?$/;

/** True for what a price may look like in the catalog: a plain, unsigned decimal without an exponent. */
export function isDecimalString(text: string): boolean {
  return DECIMAL.test(text);
}

/**
 * The one rounding point of the system: `quantity` units at `unitPrice` USD each, rounded half up to whole micros.
 * A total is the sum of its rounded components, so every printed answer adds up.
 *
 * @param unitPrice decimal string, USD per unit
 * @param quantity units, whole or fractional (megapixels, seconds)
 */
export function priceComponent(unitPrice: string, quantity: number): Micros {
  return toMicros(new Exact(unitPrice).times(quantity));
}

/** A cost that a provider reported in USD (a JSON number, or its decimal text), rounded half up to micros. */
export function usdToMicros(usd: string | number): Micros {
  return toMicros(new Exact(usd));
}

function toMicros(usd: Decimal): Micros {
  return micros(usd.times(MICROS_PER_USD).toDecimalPlaces(0, Decimal.ROUND_HALF_UP).toNumber());
}
