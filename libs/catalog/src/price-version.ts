import type { Price, PriceLine } from '@lumenfall/contracts';
import { createHash } from 'node:crypto';
import type { OfferingEntry, PriceLineEntry } from './model-entry.js';

const prices = new WeakMap<OfferingEntry, Price>();

/** The offering's price version. */
export function priceOf(offering: OfferingEntry): Price {
  let price = prices.get(offering);
  if (!price) prices.set(offering, (price = priceOfLines(offering.price)));
  return price;
}

/** A price version of the lines of a file. */
export const priceOfLines = (lines: readonly PriceLineEntry[]): Price =>
  withVersion(lines.map(({ unit_price, ...line }) => ({ ...line, unitPrice: unit_price })));

/** Lines with their version: a hash, so that equal lists are the same version everywhere. */
function withVersion(lines: PriceLine[]): Price {
  // In a fixed order of fields, whatever wrote the lines.
  const ordered = lines.map(({ type, metric, of, when, above, unitPrice }) => ({
    ...{ type, metric, of, when: when && Object.fromEntries(Object.entries(when).sort()), above, unitPrice },
  }));
  return { version: createHash('sha256').update(JSON.stringify(ordered)).digest('hex').slice(0, 16), lines };
}
