import { z } from 'zod';
import type { Dialect, Refusal } from '../http/index.js';

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

const OUT_OF_CREDIT = /credits are depleted|spending cap|limit: 0\b/i;

/** Where the status of HTTP says less, or there is none: in a stream that had begun. */
const KIND_OF_STATUS: Record<string, Refusal['kind']> = {
  RESOURCE_EXHAUSTED: 'rate',
  UNAUTHENTICATED: 'auth',
  PERMISSION_DENIED: 'auth',
  DEADLINE_EXCEEDED: 'timeout',
  CANCELLED: 'transient',
};

type Detail = { reason?: string | null; retryDelay?: string | null };

function kindOf(message: string, status: string, details: readonly Detail[]): Refusal['kind'] {
  // A bad key is answered with 400 here, and a region that is not served with FAILED_PRECONDITION: neither is the
  // client's doing, and another provider may well do the work.
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return 'auth';
  if (status === 'FAILED_PRECONDITION' && /location|billing/i.test(message)) return 'auth';
  // A limit that no waiting lifts: our account is out of credit, or was never given any of this model.
  if (status === 'RESOURCE_EXHAUSTED' && OUT_OF_CREDIT.test(message)) return 'auth';
  return KIND_OF_STATUS[status] ?? null;
}

/** `RetryInfo`: `"34.4s"`. */
function retryDelayOf(details: readonly Detail[]): number | null {
  for (const { retryDelay } of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(retryDelay ?? '')?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return null;
}

/** Google's way of carrying an API key, and of refusing. Without a key there is no header. */
export const geminiDialect: Dialect = {
  authorize: (apiKey): Record<string, string> => (apiKey === '' ? {} : { 'x-goog-api-key': apiKey }),
  readRefusal: readGeminiRefusal,
};
