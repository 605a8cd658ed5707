import { metricSchema } from '@lumenfall/contracts';
import { z } from 'zod';

/** The provider's field name; dots descend into objects (`imageConfig.aspectRatio`). Absent: our name. */
const as = z.string().regex(/^\w+(\.\w+)*$/, 'expected a field name, with dots between the parts of a path');

/** Our values (or numbers) and the provider's names for them. Unlisted values are not sent. */
const values = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .refine((names) => Object.keys(names).length > 0, 'must not be empty');

/** Not sent; the gateway does it. */
const emulated = z.literal('emulated');

const rule = z.union([
  z.literal('passed'),
  emulated,
  z.strictObject({
    as: as.optional(),
    values: values.optional(),
    /** Numbers are clamped to these bounds. */
    min: z.number().optional(),
    max: z.number().optional(),
    /** The provider's type, if it differs from ours. */
    type: z.enum(['string', 'integer']).optional(),
  }),
]);

/** Names to choose the nearest from: a list, or a map from the name we read to the value we send. */
const nearest = z.union([
  z.array(z.string()).min(1),
  z.record(z.string(), z.string()).refine((names) => Object.keys(names).length > 0, 'needs at least one name'),
]);

const nearestRule = z.union([emulated, z.strictObject({ as: as.optional(), nearest })]);

/**
 * `object`: one field with `{width, height}`; `sides`: the fields `width` and `height`; `text`: one field with `WxH`.
 */
const pixels = z.enum(['object', 'sides', 'text']);
/** Separator between the sides of a text. */
const sign = z.enum(['x', '*']).default('x');

const side = z.number().int().positive();
const pixelsSchema = z.strictObject({
  as: as.optional(),
  pixels,
  sign,
  /** Sides are multiples of this. */
  block: side.default(16),
  /** Bounds of each side. */
  min: side.default(64),
  max: side.default(4096),
  /** Bounds of the area in pixels. */
  min_area: side.optional(),
  max_area: side.optional(),
  /** Largest ratio of the longer side to the shorter one. */
  max_ratio: z.number().min(1).optional(),
  /** Side of the square with the area of the model's default size; used if only a ratio was requested. */
  scale: side.default(1024),
});

const imagesRule = z.strictObject({
  as: as.optional(),
  /** `one`: the first only; `many`: a list; `numbered`: `image`, `image_2`, `image_3` and so on. */
  send: z.enum(['one', 'many', 'numbered']).default('one'),
});

const scaleRule = z.union([
  z.literal('passed'),
  emulated,
  z.strictObject({
    as: as.optional(),
    /** Supported factors: the nearest is chosen, of two equally near ones the larger. */
    nearest: z.union([z.array(z.number().positive()).min(1), z.record(z.string(), z.string())]).optional(),
    min: z.number().positive().optional(),
    max: z.number().positive().optional(),
    type: z.enum(['string', 'integer']).optional(),
  }),
]);

/**
 * Names and conversions of our parameters for one offering of an image model. A parameter without a line is not sent,
 * except the prompt. Described in `docs/catalog-parameters.md`.
 */
export const parameterTableSchema = z.strictObject({
  prompt: rule.default('passed'),
  n: rule.optional(),
  /**
   * Exact pixels. Sent for every generation, and for an edit that names a shape or a scale (like the next two), so
   * that the result has the estimated size.
   */
  size: z
    .union([
      emulated,
      pixelsSchema,
      /** `default` is sent for a generation without shape and scale. */
      z.strictObject({
        as: as.optional(),
        nearest,
        default: z.string().optional(),
        pixels: pixels.default('text'),
        sign,
      }),
    ])
    .optional(),
  aspect_ratio: nearestRule.optional(),
  resolution: nearestRule.optional(),
  quality: rule.optional(),
  style: rule.optional(),
  output_format: rule.optional(),
  output_compression: rule.optional(),
  user: rule.optional(),
  image: imagesRule.optional(),
  mask: imagesRule.optional(),
  scale_factor: scaleRule.optional(),
  /** Provider fields known by name (`seed`, `negative_prompt`); all others are forwarded unchanged. */
  others: z.record(z.string(), rule).default({}),
  /** Fields that every call sends. */
  fixed: z.record(z.string(), z.unknown()).default({}),
  /** Images per call; absent: the limit of the provider's protocol. */
  max_n: z.number().int().min(1).max(10).optional(),
  /** Most input images. */
  max_inputs: z.number().int().positive().optional(),
  /** The metric of the provider's billed units (fal's `x-fal-billable-units`); one of the metrics in `price`. */
  billed_by: metricSchema.optional(),
});

export type ParameterTable = z.infer<typeof parameterTableSchema>;
export type ValueRule = z.infer<typeof rule>;
export type NearestNames = z.infer<typeof nearest>;
export type PixelsRule = z.infer<typeof pixelsSchema>;
export type SizeRule = NonNullable<ParameterTable['size']>;
export type ScaleRule = z.infer<typeof scaleRule>;
export type ImagesRule = z.infer<typeof imagesRule>;

/** The names as requests use them. */
export const namesIn = (names: NearestNames): readonly string[] => (Array.isArray(names) ? names : Object.keys(names));

/** The table of a planned offering. The catalog validated it, so an invalid one is a bug and throws. */
export function readParameterTable(parameters: Record<string, unknown>): ParameterTable {
  const table = parameterTableSchema.parse(parameters);
  // A call that does not send `n` returns one image.
  return table.n === undefined || table.n === 'emulated' ? { ...table, max_n: 1 } : table;
}
