import { parseUsd } from '@lumenfall/money';
import { z } from 'zod';

const KEY = /lmnfl_[0-9A-Za-z_]+\.[0-9A-Za-z]{20}/;

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max, `must have at most ${max} characters`)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line')
    .refine((text) => !KEY.test(text), 'contains an API key, which must not be stored');

/** The id or the slug of an organization. */
export const organizationField = line(100);

export const nameField = line(100);
export const noteField = line(500);

/** Names the cause of a change, such as an invoice: the change is made once per reference. */
export const referenceField = line(200);

/** An exact amount in USD, as text (`"12.50"`) or as a number with at most six decimals; becomes micros. */
export const usdField = z.union([z.string(), z.number()]).transform((amount, context) => {
  const micros = parseUsd(String(amount));
  if (micros !== null) return micros;
  const message = `'${String(amount).slice(0, 40)}' is not an amount in USD: write for example 12.50, at most six decimals`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

/** As `usdField`, above zero. */
export const positiveUsdField = usdField.refine((micros) => micros > 0, 'must be more than 0');

/** The page of a list that is ordered newest first. Cursors are ids of its items. */
export const pageFields = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  starting_after: z.string().max(64).optional(),
  ending_before: z.string().max(64).optional(),
};

/** One page of a list, newest first. */
export interface Page<T> {
  data: T[];
  has_older: boolean;
  has_newer: boolean;
}
