import { z } from 'zod';
import { idSchema } from './billing-api.js';
import { modalitySchema } from './usage.js';

/** What `GET /v1/usage` can group by. */
export const USAGE_DIMENSIONS = ['day', 'model', 'key', 'modality'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

const isDimension = (text: string): text is UsageDimension => USAGE_DIMENSIONS.some((known) => known === text);

/** A list separated by commas, without repetition. */
const groupBySchema = z.string().transform((text, context): UsageDimension[] => {
  const names = text.split(',').map((name) => name.trim());
  const dimensions = names.filter(isDimension);
  if (dimensions.length === names.length && new Set(names).size === names.length) return dimensions;
  const message = `Expected one or several of ${USAGE_DIMENSIONS.join(', ')}, separated by commas`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

const daySchema = z.iso.date('Expected a UTC day, for example 2026-03-15');

/** `GET /internal/organizations/:id/usage`: the public query. Days are UTC, both included. */
export const usageQuerySchema = z.object({
  group_by: groupBySchema.default(['day']),
  start_date: daySchema.optional(),
  end_date: daySchema.optional(),
  key_id: idSchema.optional(),
  model: z.string().min(1).max(256).optional(),
  modality: modalitySchema.optional(),
});
export type UsageQuery = z.infer<typeof usageQuerySchema>;

const usageFigures = {
  /** Requests that have ended; running ones are not counted yet. */
  requests: z.number().int(),
  /** Those that a provider failed or the gateway refused. Cancelled ones are not errors. */
  errors: z.number().int(),
  /** USD. */
  cost: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  images: z.number(),
  megapixels: z.number(),
  seconds: z.number(),
};

/** A group: its dimensions, of which only those in `group_by` are present, and its figures. */
export const usageGroupSchema = z.object({
  day: z.iso.date().optional(),
  model: z.string().nullable().optional(),
  key_id: z.string().nullable().optional(),
  modality: z.string().nullable().optional(),
  ...usageFigures,
});
export type UsageGroup = z.infer<typeof usageGroupSchema>;

/** The answer of `GET /v1/usage`. The newest day first, then the highest cost. */
export const usageReportSchema = z.object({
  object: z.literal('usage'),
  start_date: z.iso.date(),
  end_date: z.iso.date(),
  group_by: z.array(z.enum(USAGE_DIMENSIONS)),
  currency: z.literal('usd'),
  data: z.array(usageGroupSchema),
  /** Over all groups. */
  total: z.object(usageFigures),
});
export type UsageReport = z.infer<typeof usageReportSchema>;
