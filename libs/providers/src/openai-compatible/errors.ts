import type { FailureKind } from '@lumenfall/contracts';
import { readErrorBody, type Refusal } from '../http/index.js';

/** Codes and types of errors that say more than the HTTP status. */
const KIND_OF_CODE: Record<string, FailureKind> = {
  content_policy_violation: 'moderation',
  moderation_blocked: 'moderation',
  content_filter: 'moderation',
  ResponsibleAIPolicyViolation: 'moderation',
  // A 429 that waiting does not help: our account is out of credit.
  insufficient_quota: 'auth',
  billing_hard_limit_reached: 'auth',
  invalid_api_key: 'auth',
  rate_limit_exceeded: 'rate',
  rate_limit_error: 'rate',
  server_error: 'transient',
  overloaded_error: 'transient',
  model_not_found: 'transient',
  invalid_request_error: 'client',
};

const MODERATED = /safety system|content policy|usage policies|content management policy/i;

/** A model that our account cannot see, or that was withdrawn, is our configuration: another provider may offer it. */
const MISSING_MODEL = /\bmodel\b.*(?:not found|does not exist)/i;

/** `{"error": {"message", "type", "code"}}`, or one of the other forms of servers that speak this dialect. */
export function readOpenAiRefusal(status: number, body: unknown): Refusal {
  const { message, codes } = readErrorBody(body);
  const known = codes.map((code) => KIND_OF_CODE[code]).find((kind) => kind !== undefined) ?? null;
  if (known === 'moderation' || known === 'auth') return { message, kind: known };
  if (status >= 400 && status < 500 && message !== null && MODERATED.test(message)) {
    return { message, kind: 'moderation' };
  }
  if (status === 404 && (codes.includes('model_not_found') || MISSING_MODEL.test(message ?? ''))) {
    return { message, kind: 'transient' };
  }
  // A real HTTP status is more reliable than a code; inside a stream (status 200) the code is all there is.
  return { message, kind: status >= 400 ? null : known };
}
