import { isDecimalString, isPercent } from '@lumenfall/money';
import { z } from 'zod';

/** Units, as singular nouns. `of` distinguishes tokens by what they encode; a `request` is a fee of a request. */
export const metricSchema = z.enum(['token', 'image', 'megapixel', 'second', 'video', 'character', 'request']);
export type Metric = z.infer<typeof metricSchema>;

export const flowSchema = z.enum(['input', 'output', 'cache_read', 'cache_write']);
export type Flow = z.infer<typeof flowSchema>;

/** One line of a price list: USD per unit, as an exact decimal string. */
export const priceLineSchema = z.object({
  type: flowSchema,
  metric: metricSchema,
  /** The kind of tokens that this line prices. A line without `of` prices all kinds that have none of their own. */
  of: z.enum(['text', 'image', 'audio']).optional(),
  /** Applies to units with all of these properties (`{ "resolution": "1080p" }`). The first matching line wins. */
  when: z.record(z.string(), z.string()).optional(),
  /** Applies to requests with more input tokens than this, cached ones included; then to all of its units. */
  above: z.number().int().nonnegative().optional(),
  unitPrice: z.string().refine(isDecimalString, 'expected a plain decimal such as "0.04"'),
});
export type PriceLine = z.infer<typeof priceLineSchema>;

/** A price version. The id is a hash of the lines, so equal lists are the same version. */
export const priceSchema = z.object({ version: z.string().min(1), lines: z.array(priceLineSchema).min(1) });
export type Price = z.infer<typeof priceSchema>;

/**
 * What an organization pays on top of each price, and of each cost that a provider reports: percent, as an exact
 * decimal (`12.5`).
 */
export const marginPercentSchema = z.string().refine(isPercent, 'expected a percentage such as "12.5"');
