import { z } from 'zod';
import { priceSchema } from './price.js';
import { modalitySchema, quantitySchema } from './usage.js';

/** Which protocol family a provider's endpoint speaks; each has one adapter folder in `libs/providers`. */
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

/** One stop of a route: a model at a provider, with the price it will be charged at and what it is expected to use. */
export const plannedOfferingSchema = z.object({
  provider: providerSlugSchema,
  providerName: z.string(),
  /** The provider's own model id. */
  providerModel: z.string(),
  /** Null only where the provider reports its own cost (OpenRouter's `usage.cost`). */
  price: priceSchema.nullable(),
  /** Catalog data that the adapter reads: how this model's parameters are named and converted there. */
  parameters: z.record(z.string(), z.unknown()),
  estimate: z.array(quantitySchema),
  /** Lower is tried first; the next group only when this one is used up or unhealthy. */
  priority: z.number().int().nonnegative().default(0),
  /** Its part of the traffic inside its priority group, before health and price are weighed in. 0: only when nothing else is left. */
  weight: z.number().nonnegative().default(1),
});
export type PlannedOffering = z.infer<typeof plannedOfferingSchema>;

export const executedModelOf = (offering: Pick<PlannedOffering, 'provider' | 'providerModel'>): string =>
  `${offering.provider}/${offering.providerModel}`;

/** Why an offering of the asked model is not on the route. */
export const passedOverSchema = z.object({
  provider: providerSlugSchema,
  /** `<provider>/<provider model id>` */
  executedModel: z.string(),
  why: z.enum(['no-credential', 'denied-by-organization', 'not-forced', 'sandbox-stand-in', 'mode-not-offered']),
});
export type PassedOver = z.infer<typeof passedOverSchema>;

/** What may be tried. A dry run prices the same object that a real run executes, so they cannot drift. */
export const planSchema = z.object({
  /** The id that was asked for, without a forced provider's prefix; echoed as `model`. */
  model: z.string(),
  modality: modalitySchema,
  /** True for `<provider>/<model>`: one offering, no failover, provider errors surface. */
  forced: z.boolean(),
  /** By priority; which of them is really tried first is chosen where the work is done, by health, weight and price. */
  route: z.array(plannedOfferingSchema).min(1),
  /** Offerings of the model that this request may not use, and why: told by `doctor`, never to the client. */
  passedOver: z.array(passedOverSchema).default([]),
});
export type Plan = z.infer<typeof planSchema>;
