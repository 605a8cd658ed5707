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

/** No call takes more tokens, units or USD than this: a larger figure is a fault of the server. */
const MOST_TOKENS = 1e9;
const MOST_UNITS = 1e6;
const MOST_USD = 100_000;

/**
 * A number of tokens. Some servers send it as text, or as a fraction, which is rounded; null if it is not a possible
 * number of tokens.
 */
export function tokensOf(value: unknown): number | null {
  const number = atMost(MOST_TOKENS, value);
  return number === null ? null : Math.round(number);
}

/** A number of billed units, whole or fractional; null if it is not a possible one. */
export const unitsOf = (value: unknown): number | null => atMost(MOST_UNITS, value);

/** The cost of a call in USD, as a number or as text; null if it is not a possible one. */
export const usdOf = (value: unknown): number | null => atMost(MOST_USD, value);

function atMost(most: number, value: unknown): number | null {
  const number = numberOf(value);
  return number === null || number > most ? null : number;
}
