import { flowSchema, metricSchema, providerSlugSchema } from '@lumenfall/contracts';
import { isDecimalString } from '@lumenfall/money';
import { z } from 'zod';

const dimensions = z.string().regex(/^[1-9]\d*[x:][1-9]\d*$/, 'expected WIDTHxHEIGHT or W:H');

const priceLine = z.strictObject({
  type: flowSchema,
  metric: metricSchema,
  of: z.enum(['text', 'image', 'audio']).optional(),
  when: z.record(z.string(), z.string()).optional(),
  unit_price: z.string().refine(isDecimalString, "expected a quoted plain decimal, such as '0.04'"),
});

const offeringSchema = z.strictObject({
  provider: providerSlugSchema,
  /** The provider's own model id. */
  model: z.string().min(1),
  /** Lower is tried first. */
  priority: z.number().int().nonnegative().default(0),
  /** Its part of the traffic inside its priority group. */
  weight: z.number().nonnegative().default(1),
  /** How this model's parameters are named and converted there: read by the provider's adapter. */
  parameters: z.record(z.string(), z.unknown()).default({}),
  price: z.array(priceLine).min(1),
});

/** One file of the catalog: a model, what it can do, and who offers it at which price. Unknown keys are mistakes. */
export const modelEntrySchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9._/-]*$/),
    name: z.string().min(1),
    description: z.string(),
    creator: z.string().min(1),
    created: z.iso.date(),
    modality: z.enum(['text', 'image', 'video']),
    modes: z
      .array(
        z.enum(['chat', 'text-to-image', 'image-edit', 'upscale', 'text-to-video', 'image-to-video', 'video-to-video']),
      )
      .min(1),
    aliases: z.array(z.string()).default([]),
    alternative_names: z.array(z.string()).default([]),
    tags: z.array(z.string()).default([]),
    status: z.enum(['active', 'preview', 'deprecated', 'disabled']).default('active'),
    /** Characters. */
    prompt_limit: z.number().int().positive().optional(),
    text: z.strictObject({ inputs: z.array(z.enum(['text', 'image', 'audio'])) }).optional(),
    image: z
      .strictObject({
        /** The only sizes there are; without it, any shape in the `tiers`. */
        sizes: z.array(dimensions).min(1).optional(),
        tiers: z
          .array(z.enum(['0.5K', '1K', '2K', '4K']))
          .min(1)
          .optional(),
        quality: z.strictObject({ default: z.string(), names: z.record(z.string(), z.string()) }).optional(),
        output_tokens: z.record(z.string(), z.record(z.string(), z.number().int().positive())).optional(),
      })
      .optional(),
    video: z
      .strictObject({
        /** Lengths it can make, and the shapes; the first of each is the default. */
        seconds: z.array(z.number().positive()).min(1),
        sizes: z.array(dimensions).min(1),
        input_references: z.number().int().nonnegative(),
      })
      .optional(),
    offerings: z.array(offeringSchema).min(1),
  })
  .refine((entry) => entry[entry.modality] !== undefined, {
    error: (issue) =>
      `a model of this modality needs a block named '${(issue.input as { modality: string }).modality}'`,
    path: ['modality'],
  });

export type ModelEntry = z.infer<typeof modelEntrySchema>;
export type OfferingEntry = ModelEntry['offerings'][number];
