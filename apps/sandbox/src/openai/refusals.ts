import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

const TYPES: Readonly<Record<number, { type: string; code: string | null }>> = {
  401: { type: 'invalid_request_error', code: 'invalid_api_key' },
  402: { type: 'insufficient_quota', code: 'insufficient_quota' },
  403: { type: 'invalid_request_error', code: 'unsupported_country_region_territory' },
  404: { type: 'invalid_request_error', code: 'model_not_found' },
  429: { type: 'requests', code: 'rate_limit_exceeded' },
};

export const openaiError = (
  message: string,
  type: string | null,
  code: string | null,
  param: string | null = null,
): { error: { message: string; type: string | null; param: string | null; code: string | null } } => ({
  error: { message, type, param, code },
});

/** The error body for a status. */
export function openaiFailureBody(status: number): ReturnType<typeof openaiError> {
  const known = TYPES[status] ?? { type: status >= 500 ? 'server_error' : 'invalid_request_error', code: null };
  return openaiError(failureSentence(status), known.type, known.code);
}

/** `{error: {message, type, param, code}}`, also used by servers that are compatible with OpenAI. */
export const openaiRefusals: RefusalForm = {
  unauthorized: () =>
    json(
      401,
      openaiError(
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.",
        'invalid_request_error',
        null,
      ),
    ),
  invalid: (message, field) => json(400, openaiError(message, 'invalid_request_error', null, field)),
  notFound: (what) => json(404, openaiError(`${what} not found.`, 'invalid_request_error', null)),
  failure: (status, retryAfter) => json(status, openaiFailureBody(status), retryHeaders(status, retryAfter)),
  moderated: () =>
    json(
      400,
      openaiError(
        'Your request was rejected by the safety system.',
        'invalid_request_error',
        'content_policy_violation',
      ),
    ),
};
