import { metricSchema } from '@lumenfall/contracts';
import { z } from 'zod';

/** What the provider calls it; dots descend into objects (`imageConfig.aspectRatio`). Without it, our own name. */
const as = z.string().regex(/^\w+(\.\w+)*$/, 'expected a field name, with dots between the parts of a path');

/** Values of ours (or numbers) and what the provider calls them. What is not listed is left out. */
const values = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
  .refine((names) => Object.keys(names).length > 0, 'an empty list would leave everything out');

/** Not sent, because it is done here. */
const emulated = z.literal('emulated');

const rule = z.union([
  z.literal('passed'),
  emulated,
  z.strictObject({
    as: as.optional(),
    values: values.optional(),
    /** Numbers are kept within these. */
    min: z.number().optional(),
    max: z.number().optional(),
    /** The type that the provider wants, where it is not ours. */
    type: z.enum(['string', 'integer']).optional(),
  }),
]);

/** The names there are, the nearest of which is taken: a list, or what we read on the left and what is sent on the right. */
const nearest = z.union([
  z.array(z.string()).min(1),
  z.record(z.string(), z.string()).refine((names) => Object.keys(names).length > 0, 'needs at least one name'),
]);

const nearestRule = z.union([emulated, z.strictObject({ as: as.optional(), nearest })]);

/** `object`: one field with `{width, height}`; `sides`: the fields `width` and `height`; `text`: one field with `WxH`. */
const pixels = z.enum(['object', 'sides', 'text']);
/** What stands between the sides of a text. */
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
  /** The least and the most that a picture may have, in pixels. */
  min_area: side.optional(),
  max_area: side.optional(),
  /** The longer side is at most so many times the shorter one. */
  max_ratio: z.number().min(1).optional(),
  /** Side of the square that is as large as the model's pictures are where only a shape was asked for. */
  scale: side.default(1024),
});

const picturesRule = z.strictObject({
  as: as.optional(),
  /** `one`: the first only; `many`: a list; `numbered`: `image`, `image_2`, `image_3` and so on. */
  send: z.enum(['one', 'many', 'numbered']).default('one'),
});

const scaleRule = z.union([
  z.literal('passed'),
  emulated,
  z.strictObject({
    as: as.optional(),
    /** The factors there are: the nearest is taken, of two the larger. */
    nearest: z.union([z.array(z.number().positive()).min(1), z.record(z.string(), z.string())]).optional(),
    min: z.number().positive().optional(),
    max: z.number().positive().optional(),
    type: z.enum(['string', 'integer']).optional(),
  }),
]);

/**
 * How one offering of an image model names our parameters and converts their values. A parameter without a line is not
 * sent, except the prompt, which goes as `prompt`. Described in `docs/catalog-parameters.md`.
 */
export const parameterTableSchema = z.strictObject({
  prompt: rule.default('passed'),
  n: rule.optional(),
  /**
   * Exact pixels. Sent where the request says anything of shape or scale, as are the next two, and for a new picture: what is
   * estimated is then what is made.
   */
  size: z
    .union([
      emulated,
      pixelsSchema,
      /** `default` is sent for a picture made from text where the request leaves its shape and scale open. */
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
  image: picturesRule.optional(),
  mask: picturesRule.optional(),
  scale_factor: scaleRule.optional(),
  /** Fields that are not ours but are known by name (`seed`, `negative_prompt`); the others go upstream unchanged. */
  others: z.record(z.string(), rule).default({}),
  /** Fields that every call carries, whatever was asked. */
  fixed: z.record(z.string(), z.unknown()).default({}),
  /** Images that one call may make; without it, as many as the provider's protocol does. */
  max_n: z.number().int().min(1).max(10).optional(),
  /** Input pictures that the model takes. */
  max_inputs: z.number().int().positive().optional(),
  /** What the provider's count of billed units is a count of (fal's `x-fal-billable-units`); one of the metrics that `price` names. */
  billed_by: metricSchema.optional(),
});

export type ParameterTable = z.infer<typeof parameterTableSchema>;
export type ValueRule = z.infer<typeof rule>;
export type NearestNames = z.infer<typeof nearest>;
export type PixelsRule = z.infer<typeof pixelsSchema>;
export type SizeRule = NonNullable<ParameterTable['size']>;
export type ScaleRule = z.infer<typeof scaleRule>;
export type ImagesRule = z.infer<typeof picturesRule>;

/** What we read of them. */
export const namesIn = (names: NearestNames): readonly string[] => (Array.isArray(names) ? names : Object.keys(names));

/** The table that a planned offering carries. The catalog has checked it: what cannot be read is a bug and throws. */
export function readParameterTable(parameters: Record<string, unknown>): ParameterTable {
  const table = parameterTableSchema.parse(parameters);
  // A call that does not say how many is good for one, whatever the provider's protocol could do.
  return table.n === undefined || table.n === 'emulated' ? { ...table, max_n: 1 } : table;
}
