import type { FailureKind } from '@lumenfall/contracts';
import type { Refusal } from '../http/index.js';

/** `error.code` (or `error.type`) where it says more than the HTTP status. */
const KIND_OF_CODE: Record<string, FailureKind> = {
  content_policy_violation: 'moderation',
  moderation_blocked: 'moderation',
  content_filter: 'moderation',
  ResponsibleAIPolicyViolation: 'moderation',
  // A 429 that no waiting helps: our account is out of credit.
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

/** A model that this account cannot see, or that was taken away, is our set-up and not the request: another provider may have it. */
const MISSING_MODEL = /\bmodel\b.*(?:not found|does not exist)/i;

/** `{"error": {"message", "type", "code"}}`, or the looser forms that self-hosted servers send. */
export function readOpenAiRefusal(status: number, body: unknown): Refusal {
  const error = errorObject(body);
  const message = messageOf(error, body);
  const known = kindOfCode(error['code']) ?? kindOfCode(error['type']);
  if (known === 'moderation' || known === 'auth') return { message, kind: known };
  if (status >= 400 && status < 500 && message !== null && MODERATED.test(message)) {
    return { message, kind: 'moderation' };
  }
  if (status === 404 && (error['code'] === 'model_not_found' || MISSING_MODEL.test(message ?? ''))) {
    return { message, kind: 'transient' };
  }
  // Otherwise a real HTTP status is surer than a code; inside a stream (status 200) the code is all there is.
  return { message, kind: status >= 400 ? null : (known ?? null) };
}

/** An error that came with status 200: in the body, or as an event of a stream that had begun. */
export function readLateError(body: unknown): { status: number | null; body: unknown } | null {
  if (typeof body !== 'object' || body === null || !('error' in body) || !body.error) return null;
  const code = errorObject(body)['code'];
  const status = Number(code);
  return { status: Number.isInteger(status) && status >= 400 && status <= 599 ? status : null, body };
}

export function errorObject(body: unknown): Record<string, unknown> {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : body;
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
}

function messageOf(error: Record<string, unknown>, body: unknown): string | null {
  if (typeof error['message'] === 'string') return error['message'];
  // vLLM's and FastAPI's own: {"detail": "..."}; Ollama's: {"error": "..."}.
  if (typeof error['detail'] === 'string') return error['detail'];
  if (typeof error['error'] === 'string') return error['error'];
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') return body.error;
  return typeof body === 'string' ? body : null;
}

function kindOfCode(code: unknown): FailureKind | null {
  return typeof code === 'string' ? (KIND_OF_CODE[code] ?? null) : null;
}
