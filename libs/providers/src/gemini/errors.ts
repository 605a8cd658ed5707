import { z } from 'zod';
import type { Refusal } from '../http/index.js';

const errorSchema = z.object({
  error: z.object({
    message: z.string().nullish(),
    status: z.string().nullish(),
    details: z.array(z.looseObject({ reason: z.string().nullish(), retryDelay: z.string().nullish() })).nullish(),
  }),
});

/** `{"error": {"code", "message", "status", "details"}}`; the answer may come as an array of one. */
export function readGeminiRefusal(_status: number, body: unknown): Refusal {
  const parsed = errorSchema.safeParse(Array.isArray(body) ? body[0] : body);
  if (!parsed.success) return { message: typeof body === 'string' ? body : null, kind: null };
  const { message, status, details } = parsed.data.error;
  return {
    message: message ?? null,
    kind: kindOf(message ?? '', status ?? '', details ?? []),
    retryAfterMs: retryDelayOf(details ?? []),
  };
}

type Detail = { reason?: string | null; retryDelay?: string | null };

function kindOf(message: string, status: string, details: readonly Detail[]): Refusal['kind'] {
  // A bad key is answered with 400 here, and a region that is not served with FAILED_PRECONDITION: neither is the
  // client's doing, and another provider may well do the work.
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return 'auth';
  return status === 'FAILED_PRECONDITION' && /location|billing/i.test(message) ? 'auth' : null;
}

/** `RetryInfo`: `"34.4s"`. */
function retryDelayOf(details: readonly Detail[]): number | null {
  for (const { retryDelay } of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(retryDelay ?? '')?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return null;
}
