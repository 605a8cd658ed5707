import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'bad_request',
  499: 'client_cancelled',
  500: 'internal_error',
  502: 'runner_incomplete_response',
  503: 'runner_scheduling_failure',
  504: 'request_timeout',
};

/** The form of the model's own errors. */
const complaint = (field: string | null, message: string, type: string): unknown => ({
  detail: [{ loc: field === null ? ['body'] : ['body', field], msg: message, type }],
});

/** `{detail, error_type}` with `X-Fal-Error-Type` from the platform, `{detail: [...]}` from the model. */
export const falRefusals: RefusalForm = {
  unauthorized: () => json(401, { detail: 'Authentication is required to access this application.' }),
  invalid: (message, field) => json(422, complaint(field, message, 'value_error')),
  notFound: (what) => json(404, { detail: `${what} not found` }),
  failure(status, retryAfter) {
    if (status === 422) return json(422, complaint('prompt', failureSentence(status), 'value_error'));
    const type = ERROR_TYPES[status];
    const headers = retryHeaders(status, retryAfter);
    if (type === undefined) return json(status, { detail: failureSentence(status) }, headers);
    return json(
      status,
      { detail: failureSentence(status), error_type: type },
      { ...headers, 'x-fal-error-type': type },
    );
  },
  moderated: () =>
    json(
      422,
      complaint(
        'prompt',
        'The content could not be processed because it was flagged by a content checker.',
        'content_policy_violation',
      ),
    ),
};
