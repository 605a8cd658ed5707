import type { FailureKind } from '@lumenfall/contracts';
import type { Refusal } from '../http/index.js';
import { isRecord, textOf } from '../json/fields.js';

const KIND_OF_TYPE: Record<string, FailureKind> = {
  invalid_request_error: 'client',
  request_too_large: 'client',
  not_found_error: 'client',
  authentication_error: 'auth',
  permission_error: 'auth',
  billing_error: 'auth',
  rate_limit_error: 'rate',
  overloaded_error: 'transient',
  api_error: 'transient',
  timeout_error: 'timeout',
};

/** Told as `invalid_request_error`, but nothing that the client has done. */
const OUR_ACCOUNT = /credit balance is too low|usage limits?.*(?:reached|exceeded)|organization has been disabled/i;
const MODERATED = /blocked by (?:our )?content filter|output blocked|usage polic/i;

/** `{"type": "error", "error": {"type", "message"}}`, as an answer or as an event of a stream that had begun. */
export function readAnthropicRefusal(_status: number, body: unknown): Refusal {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : null;
  if (error === null) return { message: typeof body === 'string' ? body : null, kind: null };
  const message = textOf(error['message']);
  const kind = KIND_OF_TYPE[textOf(error['type']) ?? ''] ?? null;
  if (kind !== 'client' || message === null) return { message, kind };
  // A model that is not there (any more) is our set-up and not the request: another provider may have it.
  if (error['type'] === 'not_found_error' && /^model\b/i.test(message)) return { message, kind: 'transient' };
  if (OUR_ACCOUNT.test(message)) return { message, kind: 'auth' };
  return { message, kind: MODERATED.test(message) ? 'moderation' : 'client' };
}
