import { z } from 'zod';
import { marginPercentSchema, priceSchema } from './price.js';
import { modalitySchema, quantitySchema } from './usage.js';

/** Protocol families; each has one adapter folder in `libs/providers`. */
export const PROVIDER_SLUGS = [
  'openrouter',
  'openai',
  'anthropic',
  'gemini',
  'vertex',
  'fal',
  'replicate',
  'bfl',
  'xai',
  'fireworks',
  'runware',
  'openai-compatible',
] as const;
export const providerSlugSchema = z.enum(PROVIDER_SLUGS);
export type ProviderSlug = z.infer<typeof providerSlugSchema>;

/** One offering of a route: a model at a provider, with its price version and its estimated usage. */
export const plannedOfferingSchema = z.object({
  provider: providerSlugSchema,
  providerName: z.string(),
  /** The provider's own model id. */
  providerModel: z.string(),
  /** Null only if the provider reports its own cost (OpenRouter's `usage.cost`). */
  price: priceSchema.nullable(),
  /** The organization's margin when the request was planned; null or absent: none. */
  marginPercent: marginPercentSchema.nullish(),
  /** Catalog data for the adapter: names and conversions of this model's parameters at this provider. */
  parameters: z.record(z.string(), z.unknown()),
  estimate: z.array(quantitySchema),
  /** Lower is tried first; the next group when this one is exhausted or unhealthy. */
  priority: z.number().int().nonnegative().default(0),
  /** Share of traffic within its priority group before health and price count. 0: used only if all others failed. */
  weight: z.number().nonnegative().default(1),
});
export type PlannedOffering = z.infer<typeof plannedOfferingSchema>;

export const executedModelOf = (offering: Pick<PlannedOffering, 'provider' | 'providerModel'>): string =>
  `${offering.provider}/${offering.providerModel}`;

/** An offering of the requested model that the route skips, and why. */
export const passedOverSchema = z.object({
  provider: providerSlugSchema,
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  why: z.enum([
    'no-credential',
    'denied-by-organization',
    'not-forced',
    'sandbox-stand-in',
    'mode-not-offered',
    'unpriced',
  ]),
});
export type PassedOver = z.infer<typeof passedOverSchema>;

/** What may be tried. A dry run prices the same object that a real run executes, so the two cannot differ. */
export const planSchema = z.object({
  /** The requested id without a forced provider's prefix; echoed as `model`. */
  model: z.string(),
  modality: modalitySchema,
  /** True for `<provider>/<model>`: one offering, no failover, provider errors surface. */
  forced: z.boolean(),
  /** Sorted by priority. The worker chooses the first candidate by health, weight and price. */
  route: z.array(plannedOfferingSchema).min(1),
  /** Skipped offerings; shown by `doctor`, never to the client. */
  passedOver: z.array(passedOverSchema).default([]),
});
export type Plan = z.infer<typeof planSchema>;
