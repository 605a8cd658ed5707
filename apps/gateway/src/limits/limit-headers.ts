import type { Level } from '@lumenfall/queue';
import type { LimitClaim } from './limit-claims.js';

/** The limits that have headers in OpenAI's API, with their names there. */
const HEADER_NAMES = { requestsPerMinute: 'requests', tokensPerMinute: 'tokens' } as const;

export const LIMIT_HEADERS = Object.values(HEADER_NAMES).flatMap((name) =>
  ['limit', 'remaining', 'reset'].map((part) => `x-ratelimit-${part}-${name}`),
);

/**
 * `x-ratelimit-limit-requests` and its relatives, as OpenAI sends them. If key and organization have the same limit,
 * that of which less is left.
 */
export function limitHeadersOf(claims: readonly LimitClaim[], levels: readonly Level[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, header] of Object.entries(HEADER_NAMES)) {
    const known = claims.flatMap((claim, index) => {
      const level = levels[index];
      return claim.name === name && level !== undefined
        ? [{ limit: claim.limit, remaining: Math.max(0, claim.limit - level.used), resetMs: level.resetMs }]
        : [];
    });
    const [tightest] = known.sort((one, other) => one.remaining - other.remaining);
    if (tightest === undefined) continue;
    headers[`x-ratelimit-limit-${header}`] = String(tightest.limit);
    headers[`x-ratelimit-remaining-${header}`] = String(tightest.remaining);
    headers[`x-ratelimit-reset-${header}`] = durationText(tightest.resetMs);
  }
  return headers;
}

/** As OpenAI writes durations: `1m0s`, `6.5s`, `120ms`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = Math.ceil(ms / 100) / 10;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.round((seconds - minutes * 60) * 10) / 10;
  return minutes === 0 ? `${rest}s` : `${minutes}m${rest}s`;
}
