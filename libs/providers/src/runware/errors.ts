import type { FailureKind } from '@lumenfall/contracts';
import { readErrorBody } from '../http/error-body.js';
import type { Refusal } from '../http/index.js';

const KINDS: readonly [RegExp, FailureKind][] = [
  [/invalidProviderContent|content[_ ]?(?:policy|moderation|filter)|nsfw/i, 'moderation'],
  [/apiKey|unauthori[sz]ed|insufficient(Credit|Fund|Balance)|billing/i, 'auth'],
  [/rateLimit|tooMany|concurren/i, 'rate'],
  [/timeout/i, 'timeout'],
  [/providerError|internal|unavailable|serverError/i, 'transient'],
];

/** The kind of an error with such a code (`invalidProviderContent`); null if the code is not known. */
function kindOfCode(code: string): FailureKind | null {
  return KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}

/**
 * `{"errors": [{"code", "message", "parameter", "taskUUID"}]}`, in answers of every status; the first error decides.
 */
export function readRunwareRefusal(status: number, body: unknown): Refusal {
  const [first = body] = errorsIn(body);
  const { message, codes } = readErrorBody(first);
  const kind = codes.map(kindOfCode).find((known) => known !== null) ?? null;
  // Under a good status, a code that is not listed is about a parameter of the request.
  return { message, kind: kind ?? (status < 400 && codes.length > 0 ? 'client' : null) };
}

export function errorsIn(body: unknown): unknown[] {
  const errors: unknown = typeof body === 'object' && body !== null && 'errors' in body ? body.errors : null;
  return Array.isArray(errors) ? errors : [];
}
