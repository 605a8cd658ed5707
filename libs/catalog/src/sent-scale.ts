import { clamped, typed } from './converted-value.js';
import { namesIn, type ScaleRule } from './parameter-table.js';
import { nearestNumber } from './shape.js';

export interface SentScale {
  field: string;
  value: unknown;
  /** What the sides will really be multiplied by. */
  factor: number;
}

/** An upscale's factor as a model is asked for it; null where nothing is sent. */
export function sentScale(rule: ScaleRule | undefined, wanted: number | null): SentScale | null {
  if (rule === undefined || rule === 'emulated' || wanted === null) return null;
  if (rule === 'passed') return { field: 'scale_factor', value: wanted, factor: wanted };
  const field = rule.as ?? 'scale_factor';
  if (rule.nearest === undefined) {
    const value = typed(clamped(wanted, rule), rule.type);
    return { field, value, factor: Number(value) };
  }
  const { nearest } = rule;
  const chosen = nearestNumber(wanted, Array.isArray(nearest) ? nearest : namesIn(nearest).map(Number));
  if (chosen === null) return null;
  return { field, value: Array.isArray(nearest) ? typed(chosen, rule.type) : nearest[String(chosen)], factor: chosen };
}
