import { flowSchema, metricSchema, providerSlugSchema } from '@lumenfall/contracts';
import { isDecimalString } from '@lumenfall/money';
import { z } from 'zod';
import { modeSchema } from './mode.js';
import { modelParameterSchema } from './model-parameter.js';
import { problemsOfModel } from './model-rules.js';

/** Plain ASCII, because names of models travel in headers. */
const modelName = z
  .string()
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'expected letters without accents, digits and signs');

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
  model: z.string().regex(/^\S+$/, 'expected an id without spaces'),
  /** Lower is tried first. */
  priority: z.number().int().nonnegative().default(0),
  /** Its part of the traffic inside its priority group. */
  weight: z.number().nonnegative().default(1),
  /** The modes that it is for, where the provider has another model for the others; without it, all of the model's. */
  modes: z.array(modeSchema).min(1).optional(),
  /** How this model's parameters are named and converted there; of an image model a `parameterTableSchema`. */
  parameters: z.record(z.string(), z.unknown()).default({}),
  price: z.array(priceLine).min(1),
  /** Only where the sandbox plays the provider: there is no such model. */
  sandbox: z.boolean().default(false),
});

/** One file of the catalog: a model, what it can do, and who offers it at which price. Unknown keys are mistakes. */
export const modelEntrySchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9._:/-]*$/),
    name: modelName,
    description: z.string().regex(/\S/, 'expected some words'),
    /** Part of the address of the model's page. */
    creator: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'expected small letters, digits, dots and hyphens'),
    created: z.iso.date(),
    modality: z.enum(['text', 'image', 'video']),
    modes: z.array(modeSchema).min(1),
    /** The line of models it belongs to (`Gemini 3`). */
    family: z.string().min(1).optional(),
    featured: z.boolean().default(false),
    /** A thumbnail. */
    image_url: z.url({ protocol: /^https$/ }).optional(),
    aliases: z.array(modelName).default([]),
    /** Other names for people, which requests may use as well. */
    alternative_names: z.array(modelName).default([]),
    tags: z.array(z.string().min(1)).default([]),
    /** It costs nothing, and is meant to: a price of 0 is a mistake without it. */
    free: z.boolean().default(false),
    status: z.enum(['active', 'preview', 'deprecated', 'disabled']).default('active'),
    /** Characters. */
    prompt_limit: z.number().int().positive().optional(),
    limits: z
      .strictObject({
        /** Tokens. */
        context_window: z.number().int().positive(),
        max_output_tokens: z.number().int().positive(),
        /** Pictures that one request may bring along, and the bytes of one of them. */
        max_input_images: z.number().int().nonnegative(),
        max_input_bytes: z.number().int().positive(),
      })
      .partial()
      .default({}),
    /** What it can do beside its modes; without it, what every model of its kind can. */
    capabilities: z.array(z.string().min(1)).optional(),
    /** Its own parameters by name, and what narrows those that all models of its modality have. */
    parameters: z.record(z.string().min(1), modelParameterSchema).default({}),
    text: z.strictObject({ inputs: z.array(z.enum(['text', 'image', 'audio'])) }).optional(),
    image: z
      .strictObject({
        /** The only sizes there are; without it, any shape in the `tiers`. */
        sizes: z.array(dimensions).min(1).optional(),
        tiers: z
          .array(z.enum(['0.5K', '1K', '2K', '4K']))
          .min(1)
          .optional(),
        quality: z
          .strictObject({ default: z.string().min(1), names: z.record(z.string().min(1), z.string().min(1)) })
          .optional(),
        output_tokens: z.record(z.string(), z.record(z.string(), z.number().int().positive())).optional(),
        /** Pictures that one edit may be given; without it `limits.max_input_images`, or 16. */
        input_images: z.number().int().min(1).max(16).optional(),
        /** What a picture to work on counts for, about, where the model counts tokens. */
        input_tokens: z.number().int().positive().optional(),
        /** By what an upscale model multiplies each side where the request does not say; its only factors, if it has but some. */
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
  })
  .superRefine((entry, context) => {
    for (const { message, path } of problemsOfModel(entry)) context.addIssue({ code: 'custom', message, path });
  });

export type ModelEntry = z.infer<typeof modelEntrySchema>;
export type OfferingEntry = ModelEntry['offerings'][number];
