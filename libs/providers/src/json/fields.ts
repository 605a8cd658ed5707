/** Reads single fields of a provider's JSON without a schema: this runs for every chunk of every chat. */

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number that is not negative, or null. */
export const countOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

export const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** A finite number that is not negative, or the text of one; null for anything else. */
export function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}

/** A number of tokens. Some servers send it as text, or as a fraction, which is rounded; null if it is not a number. */
export function tokensOf(value: unknown): number | null {
  const number = numberOf(value);
  return number === null || number > Number.MAX_SAFE_INTEGER ? null : Math.round(number);
}
