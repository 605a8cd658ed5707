import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

const CODES: Readonly<Record<number, string>> = {
  400: 'Client specified an invalid argument',
  401: 'Unauthenticated',
  403: 'The caller does not have permission to execute the specified operation',
  404: 'Some requested entity was not found',
  429: 'Some resource has been exhausted',
  503: 'The service is currently unavailable',
};
const codeOf = (status: number): string => CODES[status] ?? 'Internal error';

/** `{code, error}`. */
export const xaiRefusals: RefusalForm = {
  unauthorized: () => json(401, { code: codeOf(401), error: 'No API key provided.' }),
  invalid: (message, field) =>
    json(400, { code: codeOf(400), error: field === null ? message : `Invalid ${field}: ${message}` }),
  notFound: (what) => json(404, { code: codeOf(404), error: `${what} was not found.` }),
  failure: (status, retryAfter) =>
    json(status, { code: codeOf(status), error: failureSentence(status) }, retryHeaders(status, retryAfter)),
  moderated: () => json(400, { code: codeOf(400), error: 'Generated image rejected by content moderation.' }),
};
