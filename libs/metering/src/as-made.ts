import type { PlannedOffering, Quantity } from '@lumenfall/contracts';
import { Decimal } from 'decimal.js';
import { findPriceLine } from './price-usage.js';

/** One delivered image or video, as its file was measured. */
export interface MadeItem {
  megapixels: number;
  /** Of a video; null if the file does not say, and for images. */
  seconds: number | null;
  /** The properties that may select a price line: `size` and `resolution`. */
  properties: Record<string, string>;
}

/** Containers and frame rates shift the length of a file by less than this. */
const TOLERANCE_SECONDS = 0.5;

/**
 * What was made of one planned output: megapixels as measured; seconds and images at most as planned, so that a charge
 * is not above its hold, but less if a video is shorter, or if the size that was made has a lower price.
 *
 * @param of the number of items that were planned
 */
export function asMade(
  offering: Pick<PlannedOffering, 'price'>,
  planned: Quantity,
  made: readonly MadeItem[],
  of: number,
): Quantity[] {
  const each = planned.quantity / of;
  return made.map((item): Quantity => {
    if (planned.metric === 'megapixel') return { ...planned, quantity: item.megapixels };
    const isShort = planned.metric === 'second' && item.seconds !== null && item.seconds < each - TOLERANCE_SECONDS;
    const quantity = isShort && item.seconds !== null ? item.seconds : each;
    return { ...planned, properties: cheaperProperties(offering, planned, item), quantity };
  });
}

/** The measured properties if their price is lower, otherwise the planned ones. */
function cheaperProperties(
  { price }: Pick<PlannedOffering, 'price'>,
  planned: Quantity,
  { properties: measured }: MadeItem,
): Quantity['properties'] {
  const { properties } = planned;
  if (properties === undefined || price === null) return properties;
  const made = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, measured[name] ?? value]));
  const priceOf = (quantity: Quantity): Decimal | null => {
    const line = findPriceLine(price.lines, quantity, 0);
    return line === undefined ? null : new Decimal(line.unitPrice);
  };
  const [asked, given] = [priceOf(planned), priceOf({ ...planned, properties: made })];
  return asked !== null && given !== null && given.lessThan(asked) ? made : properties;
}
