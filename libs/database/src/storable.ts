/** Characters that PostgreSQL cannot store and that clients send: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /\0|\p{Surrogate}/gu;
const UNSTORABLE_IN_JSON = /\\u(?:0000|d[89a-f])/i;

export const storableText = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');

/** A copy in which every text can be stored; the value itself if nothing has to be replaced. */
export function storable<T>(value: T): T {
  if (!UNSTORABLE_IN_JSON.test(JSON.stringify(value) ?? '')) return value;
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), cleaned(inner)]));
}
