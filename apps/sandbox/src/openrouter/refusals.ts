import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

export interface OpenrouterError {
  code: number;
  message: string;
  metadata?: Record<string, unknown>;
}

/** The content of `error`, in an error answer and in the middle of a stream. */
export const openrouterFailure = (status: number): OpenrouterError => ({
  code: status,
  message: failureSentence(status),
  ...(status >= 500 ? { metadata: { provider_name: 'Sandbox', raw: failureSentence(status) } } : {}),
});

/** `{error: {code, message, metadata}}` with the HTTP status as code. */
export const openrouterRefusals: RefusalForm = {
  unauthorized: () => json(401, { error: { message: 'No auth credentials found', code: 401 } }),
  invalid: (message, field) =>
    json(400, { error: { message: field === null ? message : `${field}: ${message}`, code: 400 } }),
  notFound: (what) => json(404, { error: { message: `${what} not found`, code: 404 } }),
  failure: (status, retryAfter) => json(status, { error: openrouterFailure(status) }, retryHeaders(status, retryAfter)),
  moderated: () =>
    json(403, {
      error: {
        code: 403,
        message: 'The chosen model requires moderation and your input was flagged',
        metadata: { reasons: ['violence'], flagged_input: '[sandbox moderation]', provider_name: 'Sandbox' },
      },
    }),
};
