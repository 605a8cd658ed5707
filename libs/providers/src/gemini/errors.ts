import { readErrorBody, type Dialect, type Refusal } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';

/** `{"error": {"code", "message", "status", "details"}}`, or the same in a list of one. */
export function readGeminiRefusal(_status: number, body: unknown): Refusal {
  const { message, codes } = readErrorBody(body);
  const details = detailsOf(body);
  return { message, kind: kindOf(message ?? '', codes, details), retryAfterMs: retryDelayOf(details) };
}

/** How Google carries an API key and reports errors. Without a key there is no header. */
export const geminiDialect: Dialect = {
  authorize: (apiKey): Record<string, string> => (apiKey === '' ? {} : { 'x-goog-api-key': apiKey }),
  readRefusal: readGeminiRefusal,
};

const OUT_OF_CREDIT = /credits are depleted|spending cap|limit: 0\b/i;

/** For statuses that say more than the HTTP status, and for errors inside a stream. */
const KIND_OF_STATUS: Record<string, Refusal['kind']> = {
  RESOURCE_EXHAUSTED: 'rate',
  UNAUTHENTICATED: 'auth',
  PERMISSION_DENIED: 'auth',
  DEADLINE_EXCEEDED: 'timeout',
  CANCELLED: 'transient',
};

type Detail = Record<string, unknown>;

function detailsOf(body: unknown): Detail[] {
  const whole: unknown = Array.isArray(body) ? body[0] : body;
  const error = isRecord(whole) && isRecord(whole['error']) ? whole['error'] : {};
  return Array.isArray(error['details']) ? error['details'].filter(isRecord) : [];
}

function kindOf(message: string, codes: readonly string[], details: readonly Detail[]): Refusal['kind'] {
  // Google answers 400 to a bad key, and FAILED_PRECONDITION in a region that it does not serve. Neither is the
  // client's fault, and another provider may do the work.
  if (details.some(({ reason }) => reason === 'API_KEY_INVALID')) return 'auth';
  if (codes.includes('FAILED_PRECONDITION') && /location|billing/i.test(message)) return 'auth';
  // Waiting does not help: our account is out of credit, or has no quota for this model.
  if (codes.includes('RESOURCE_EXHAUSTED') && OUT_OF_CREDIT.test(message)) return 'auth';
  const status = codes.find((code) => Object.hasOwn(KIND_OF_STATUS, code));
  return status === undefined ? null : (KIND_OF_STATUS[status] ?? null);
}

/** `RetryInfo`, such as `"34.4s"`, in ms; null if there is none. */
function retryDelayOf(details: readonly Detail[]): number | null {
  for (const { retryDelay } of details) {
    const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textOf(retryDelay) ?? '')?.[1];
    if (seconds !== undefined) return Math.round(Number(seconds) * 1000);
  }
  return null;
}
