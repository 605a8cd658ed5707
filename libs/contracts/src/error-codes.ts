import { z } from 'zod';

/**
 * The one table of error codes, with HTTP status and OpenAI error type. `UPSTREAM_ERROR` carries the provider's own
 * status if that is a 4xx.
 */
export const ERROR_TABLE = {
  INVALID_REQUEST: { status: 400, type: 'invalid_request_error' },
  CONTENT_POLICY_VIOLATION: { status: 400, type: 'invalid_request_error' },
  /** The prompt does not fit into the context of the model. */
  CONTEXT_LENGTH_EXCEEDED: { status: 400, type: 'invalid_request_error' },
  AUTHENTICATION_FAILED: { status: 401, type: 'authentication_error' },
  INSUFFICIENT_BALANCE: { status: 402, type: 'insufficient_quota' },
  PERMISSION_DENIED: { status: 403, type: 'permission_error' },
  NOT_FOUND: { status: 404, type: 'invalid_request_error' },
  MODEL_NOT_FOUND: { status: 404, type: 'invalid_request_error' },
  MODEL_DISABLED: { status: 404, type: 'invalid_request_error' },
  METHOD_NOT_ALLOWED: { status: 405, type: 'invalid_request_error' },
  IDEMPOTENCY_CONFLICT: { status: 409, type: 'invalid_request_error' },
  PAYLOAD_TOO_LARGE: { status: 413, type: 'invalid_request_error' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, type: 'invalid_request_error' },
  RATE_LIMITED: { status: 429, type: 'rate_limit_error' },
  /** As OpenAI's exceeded quota: a repeat is refused too until the period ends, so it is not a rate limit. */
  SPEND_LIMIT_EXCEEDED: { status: 429, type: 'insufficient_quota' },
  /**
   * The client disconnected, or a DELETE cancelled the work. 499 (nginx: client closed request) is recorded, never
   * sent.
   */
  CANCELLED: { status: 499, type: 'invalid_request_error' },
  INTERNAL_ERROR: { status: 500, type: 'server_error' },
  ALL_PROVIDERS_EXHAUSTED: { status: 502, type: 'provider_error' },
  UPSTREAM_ERROR: { status: 502, type: 'provider_error' },
  OVERLOADED: { status: 503, type: 'server_error' },
  UNPRICED_MODEL: { status: 503, type: 'server_error' },
  TIMEOUT: { status: 504, type: 'server_error' },
} as const satisfies Record<string, { status: number; type: string }>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export const errorCodeSchema = z.enum(Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]);

/** An expected failure as a value: recorded, sent between services, and mapped to the public envelope. */
export const apiErrorSchema = z.object({
  code: errorCodeSchema,
  /** Human-readable; never contains a provider's raw body, a key, an internal address or a stack. */
  message: z.string(),
  /** The field at fault; null if it is not a single field. */
  param: z.string().nullable(),
  /** Only with `UPSTREAM_ERROR`: the provider's 4xx status. */
  status: z.number().int().min(400).max(599).optional(),
  /** ms until a retry may succeed; sent as `Retry-After`. */
  retryAfterMs: z.number().int().nonnegative().optional(),
});
export type ApiError = z.infer<typeof apiErrorSchema>;

export function apiError(
  code: ErrorCode,
  message: string,
  more: Partial<Omit<ApiError, 'code' | 'message'>> = {},
): ApiError {
  return { code, message, param: null, ...more };
}

export function httpStatusOf(error: ApiError): number {
  return error.code === 'UPSTREAM_ERROR' && error.status !== undefined ? error.status : ERROR_TABLE[error.code].status;
}

/** The body of every error answer. */
export interface ErrorEnvelope {
  error: { message: string; type: string; code: ErrorCode; param: string | null };
}

export function errorEnvelope(error: ApiError): ErrorEnvelope {
  const { type } = ERROR_TABLE[error.code];
  return { error: { message: error.message, type, code: error.code, param: error.param } };
}

/** Result of a step that can fail in an expected way. Exceptions are for bugs. */
export type Result<T, E = ApiError> = { ok: true; value: T } | { ok: false; error: E };

export const succeed = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const fail = <E>(error: E): { ok: false; error: E } => ({ ok: false, error });
