import type { FailureKind } from '@lumenfall/contracts';
import { readErrorBody, type Refusal } from '../http/index.js';

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

/** Anthropic reports these as `invalid_request_error`, but they are about our account. */
const OUR_ACCOUNT = /credit balance is too low|usage limits?.*(?:reached|exceeded)|organization has been disabled/i;
const MODERATED = /blocked by (?:our )?content filter|output blocked|usage polic/i;

/** `{"type": "error", "error": {"type", "message"}}`, as an answer or as an event of a stream. */
export function readAnthropicRefusal(_status: number, body: unknown): Refusal {
  const { message, codes } = readErrorBody(body);
  const type = codes.find((code) => Object.hasOwn(KIND_OF_TYPE, code)) ?? '';
  const kind = KIND_OF_TYPE[type] ?? null;
  if (kind !== 'client' || message === null) return { message, kind };
  // A model that was withdrawn, or that our account cannot see, is our configuration: another provider may offer it.
  if (type === 'not_found_error' && /^model\b/i.test(message)) return { message, kind: 'transient' };
  if (OUR_ACCOUNT.test(message)) return { message, kind: 'auth' };
  return { message, kind: MODERATED.test(message) ? 'moderation' : 'client' };
}
