import { failureSentence, json, retryHeaders, type JsonAnswer, type RefusalForm } from '../calls/answer.js';

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
};

/** The error body for a status; also the content of a stream's `error` event. */
export const anthropicError = (status: number, message: string) => ({
  type: 'error',
  error: { type: TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error'), message },
  request_id: 'req_sandbox',
});

const refusal = (status: number, message: string, headers?: Record<string, string>): JsonAnswer =>
  json(status, anthropicError(status, message), headers);

/** `{type: "error", error: {type, message}}`. */
export const anthropicRefusals: RefusalForm = {
  unauthorized: () => refusal(401, 'x-api-key header is required'),
  invalid(message, field) {
    const said = message.startsWith('Unknown parameter') ? 'Extra inputs are not permitted' : message;
    return refusal(400, field === null ? said : `${field}: ${said}`);
  },
  notFound: (what) => refusal(404, what),
  failure: (status, retryAfter) => refusal(status, failureSentence(status), retryHeaders(status, retryAfter)),
  /** Claude itself answers with a stop reason; this is the answer of the filter in front of it. */
  moderated: () => refusal(400, 'Output blocked by content filtering policy'),
};
