import { isDecimalString } from '@lumenfall/money';
import { z } from 'zod';

/** Units are singular nouns. `token` may be told apart by what it encodes (`of`). */
export const metricSchema = z.enum(['token', 'image', 'megapixel', 'second', 'video', 'character']);
export type Metric = z.infer<typeof metricSchema>;

export const flowSchema = z.enum(['input', 'output', 'cache_read', 'cache_write']);
export type Flow = z.infer<typeof flowSchema>;

/** One line of a price list: USD per unit, as an exact decimal string. */
export const priceLineSchema = z.object({
  type: flowSchema,
  metric: metricSchema,
  /** Which tokens this line prices, where a provider prices them apart. A line without it prices every other one. */
  of: z.enum(['text', 'image', 'audio']).optional(),
  /** Applies only to units with all of these properties (`{ "resolution": "1080p" }`). The first line that fits wins. */
  when: z.record(z.string(), z.string()).optional(),
  unitPrice: z.string().refine(isDecimalString, 'expected a plain decimal such as "0.04"'),
});
export type PriceLine = z.infer<typeof priceLineSchema>;

/** A price list at one point in time. The id is a hash of the lines, so equal lists are one version. */
export const priceSchema = z.object({ version: z.string().min(1), lines: z.array(priceLineSchema).min(1) });
export type Price = z.infer<typeof priceSchema>;
