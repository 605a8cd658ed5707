import { isDecimalString } from '@lumenfall/money';
import { z } from 'zod';

/** Units, as singular nouns. `of` distinguishes tokens by what they encode. */
export const metricSchema = z.enum(['token', 'image', 'megapixel', 'second', 'video', 'character']);
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
  unitPrice: z.string().refine(isDecimalString, 'expected a plain decimal such as "0.04"'),
});
export type PriceLine = z.infer<typeof priceLineSchema>;

/** A price version. The id is a hash of the lines, so equal lists are the same version. */
export const priceSchema = z.object({ version: z.string().min(1), lines: z.array(priceLineSchema).min(1) });
export type Price = z.infer<typeof priceSchema>;
