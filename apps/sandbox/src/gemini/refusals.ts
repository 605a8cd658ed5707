import { failureSentence, json, retryHeaders, type JsonAnswer, type RefusalForm } from '../calls/answer.js';

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** The error body for a status; also the end of a stream that fails after it began. */
export const geminiFailureBody = (
  status: number,
  message: string = failureSentence(status),
  details?: unknown[],
): { error: Record<string, unknown> } => ({
  error: {
    code: status,
    message,
    status: STATUS_NAMES[status] ?? (status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION'),
    ...(details === undefined ? {} : { details }),
  },
});

const refusal = (
  status: number,
  message: string,
  extra: { details?: unknown[]; headers?: Record<string, string> } = {},
): JsonAnswer => json(status, geminiFailureBody(status, message, extra.details), extra.headers);

/** `{error: {code, message, status, details?}}`. */
export const geminiRefusals: RefusalForm = {
  unauthorized: () => refusal(401, "Method doesn't allow unregistered callers. Please use API Key (x-goog-api-key)."),
  invalid: (message, field) => refusal(400, field === null ? message : `Invalid value at '${field}': ${message}`),
  notFound: (what) => refusal(404, `${what} is not found.`),
  failure(status, retryAfter) {
    const headers = retryHeaders(status, retryAfter);
    const seconds = headers['retry-after'];
    const details =
      status === 429 && seconds !== undefined
        ? [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` }]
        : undefined;
    return refusal(status, failureSentence(status), { headers, ...(details === undefined ? {} : { details }) });
  },
  /** Gemini answers 200, with the reason in `promptFeedback`. */
  moderated: () =>
    json(200, {
      promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
      usageMetadata: { promptTokenCount: 0, totalTokenCount: 0 },
    }),
};
