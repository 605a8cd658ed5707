/** Reading what a provider sent, field by field, without a schema: this runs for every chunk of every chat. */

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole, non-negative number, or null. */
export const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
