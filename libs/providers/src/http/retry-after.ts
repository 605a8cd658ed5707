/** `Retry-After` (seconds or an HTTP date) or `retry-after-ms` in ms; null where it is absent or unreadable. */
export function readRetryAfter(headers: Headers, now: number = Date.now()): number | null {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return Math.round(milliseconds);
  const text = headers['retry-after'];
  if (text === undefined || text.trim() === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : null;
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** Response headers by lower-case name. */
export type Headers = Readonly<Record<string, string | undefined>>;
