import { flowSchema, metricSchema, providerSlugSchema } from '@lumenfall/contracts';
import { isDecimalString } from '@lumenfall/money';
import { z } from 'zod';
import { modeSchema } from './mode.js';
import { modelParameterSchema } from './model-parameter.js';

/** ASCII only, because model names are sent in headers. */
const modelName = z.string().regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'expected printable ASCII characters');

const dimensions = z.string().regex(/^[1-9]\d*[x:][1-9]\d*$/, 'expected WIDTHxHEIGHT or W:H');

/** One line of a price list, as catalog files and imported price lists write it. */
export const priceLineEntrySchema = z.strictObject({
  type: flowSchema,
  metric: metricSchema,
  of: z.enum(['text', 'image', 'audio']).optional(),
  when: z.record(z.string(), z.string()).optional(),
  /** Input tokens: the line applies to requests with more. */
  above: z.number().int().positive().optional(),
  unit_price: z.string().refine(isDecimalString, "expected a quoted plain decimal, such as '0.04'"),
});

const offeringSchema = z.strictObject({
  provider: providerSlugSchema,
  /** The provider's own model id. */
  model: z.string().regex(/^\S+$/, 'expected an id without spaces'),
  /** Lower is tried first. */
  priority: z.number().int().nonnegative().default(0),
  /** Share of traffic within its priority group. */
  weight: z.number().nonnegative().default(1),
  /** The modes that this offering serves; absent: all of the model's. */
  modes: z.array(modeSchema).min(1).optional(),
  /** Names and conversions of this model's parameters; of an image model a `parameterTableSchema`. */
  parameters: z.record(z.string(), z.unknown()).default({}),
  price: z.array(priceLineEntrySchema).min(1),
  /** Offered only if the sandbox stands in for the provider; the provider has no such model. */
  sandbox: z.boolean().default(false),
});

/** One catalog file: a model, its capabilities, and its offerings with prices. Unknown keys are errors. */
export const modelEntrySchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9._:/-]*$/),
    name: modelName,
    description: z.string().regex(/\S/, 'expected text'),
    /** Path segment of the model's page. */
    creator: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'expected lower-case letters, digits, dots and hyphens'),
    created: z.iso.date(),
    modality: z.enum(['text', 'image', 'video']),
    modes: z.array(modeSchema).min(1),
    /** Model family (`Gemini 3`). */
    family: z.string().min(1).optional(),
    featured: z.boolean().default(false),
    /** A thumbnail. */
    image_url: z.url({ protocol: /^https$/ }).optional(),
    aliases: z.array(modelName).default([]),
    /** Display names; requests may use them too. */
    alternative_names: z.array(modelName).default([]),
    tags: z.array(z.string().min(1)).default([]),
    /** Required for a price of 0, so that a missing price is not taken for a free model. */
    free: z.boolean().default(false),
    status: z.enum(['active', 'preview', 'deprecated', 'disabled']).default('active'),
    /** Characters. */
    prompt_limit: z.number().int().positive().optional(),
    limits: z
      .strictObject({
        /** Tokens. */
        context_window: z.number().int().positive(),
        max_output_tokens: z.number().int().positive(),
        /** Images per request, and bytes per image. */
        max_input_images: z.number().int().nonnegative(),
        max_input_bytes: z.number().int().positive(),
      })
      .partial()
      .default({}),
    /** Capabilities beyond its modes; absent: the defaults of its modality. */
    capabilities: z.array(z.string().min(1)).optional(),
    /** The model's own parameters by name, and restrictions of the parameters of its modality. */
    parameters: z.record(z.string().min(1), modelParameterSchema).default({}),
    text: z.strictObject({ inputs: z.array(z.enum(['text', 'image', 'audio'])) }).optional(),
    image: z
      .strictObject({
        /** The sizes that it supports; absent: any shape in its `tiers`. */
        sizes: z.array(dimensions).min(1).optional(),
        tiers: z
          .array(z.enum(['0.5K', '1K', '2K', '4K']))
          .min(1)
          .optional(),
        quality: z
          .strictObject({ default: z.string().min(1), names: z.record(z.string().min(1), z.string().min(1)) })
          .optional(),
        output_tokens: z.record(z.string(), z.record(z.string(), z.number().int().positive())).optional(),
        /** Input images per edit; absent: `limits.max_input_images`, or 16. */
        input_images: z.number().int().min(1).max(16).optional(),
        /** Approximate tokens of an input image, for token-priced models. */
        input_tokens: z.number().int().positive().optional(),
        /** Default factor of an upscale, and the factors it supports if they are limited. */
        upscale: z
          .strictObject({
            default: z.number().positive(),
            factors: z.array(z.number().positive()).min(1).optional(),
          })
          .optional(),
      })
      .optional(),
    video: z
      .strictObject({
        /** Supported lengths and sizes; the first of each is the default. */
        seconds: z.array(z.number().positive()).min(1),
        sizes: z.array(dimensions).min(1),
        input_references: z.number().int().nonnegative(),
        /** Supported resolutions of a model whose sizes are ratios; the first is the default. */
        resolutions: z
          .array(z.string().regex(/^\d{3,4}p$/, 'expected lines, such as 720p'))
          .min(1)
          .optional(),
        /** The request's parameter for sound, and whether a video has sound without it. */
        audio: z.strictObject({ parameter: z.string().min(1), default: z.boolean() }).optional(),
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
export type PriceLineEntry = OfferingEntry['price'][number];
