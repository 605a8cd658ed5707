import { providerSlugSchema } from '@lumenfall/contracts';
import { z } from 'zod';
import { modeSchema } from './mode.js';

/**
 * A parameter of the model itself, or a restriction of one that all models of its modality have. It appears in the
 * model's schema; a body that violates it is refused.
 */
export const modelParameterSchema = z
  .strictObject({
    type: z.enum(['string', 'integer', 'number', 'boolean', 'file']),
    description: z.string().optional(),
    enum: z
      .array(z.union([z.string(), z.number()]))
      .min(1)
      .optional(),
    /** The model's default; shown in the schema, not sent. */
    default: z.union([z.string(), z.number(), z.boolean()]).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    /** Characters. */
    max_length: z.number().int().positive().optional(),
    required: z.boolean().default(false),
    /** The modes it applies to; absent: all of the model's. */
    modes: z.array(modeSchema).min(1).optional(),
    /** The providers that support it; absent: all. */
    providers: z.array(providerSlugSchema).min(1).optional(),
    handling: z.enum(['passed', 'renamed', 'converted', 'emulated']).default('passed'),
  })
  .superRefine((parameter, context) => {
    const fits = (value: unknown): boolean => fitsType(parameter.type, value);
    if (parameter.enum?.some((value) => !fits(value))) wrong(context, 'enum', `values of the type ${parameter.type}`);
    if (parameter.default !== undefined && !fits(parameter.default))
      wrong(context, 'default', `a value of the type ${parameter.type}`);
    if (parameter.enum && parameter.default !== undefined && !parameter.enum.some((one) => one === parameter.default))
      wrong(context, 'default', 'one of the enum');
  });

export type ModelParameter = z.infer<typeof modelParameterSchema>;

function fitsType(type: 'string' | 'integer' | 'number' | 'boolean' | 'file', value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === (type === 'file' ? 'string' : type);
}

function wrong(context: z.core.$RefinementCtx, field: string, expected: string): void {
  context.addIssue({ code: 'custom', path: [field], message: `expected ${expected}` });
}
