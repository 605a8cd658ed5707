import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

const TITLES: Readonly<Record<number, string>> = {
  401: 'Unauthenticated',
  402: 'Insufficient credit',
  404: 'Not found',
  422: 'Input validation failed',
  429: 'Request was throttled',
};

/** `{title, detail, status}`; a wrong input also names its field. */
export const replicateRefusals: RefusalForm = {
  unauthorized: () =>
    json(401, { title: TITLES[401], detail: 'You did not pass a valid authentication token', status: 401 }),
  invalid: (message, field) =>
    json(422, {
      title: TITLES[422],
      detail: `- input${field === null ? '' : `.${field}`}: ${message}\n`,
      status: 422,
      invalid_fields: field === null ? [] : [{ type: 'value', field: `input.${field}`, description: message }],
    }),
  notFound: (what) => json(404, { title: TITLES[404], detail: `${what} could not be found.`, status: 404 }),
  failure(status, retryAfter) {
    const headers = retryHeaders(status, retryAfter);
    const seconds = headers['retry-after'];
    const throttled = status === 429 && seconds !== undefined ? { retry_after: Number(seconds) } : {};
    const body = { title: TITLES[status] ?? 'Error', detail: failureSentence(status), status, ...throttled };
    return json(status, body, headers);
  },
  /** Replicate accepts any input; a flagged one is a failed prediction. */
  moderated: () => json(422, { title: TITLES[422], detail: 'The input was flagged as sensitive. (E005)', status: 422 }),
};
