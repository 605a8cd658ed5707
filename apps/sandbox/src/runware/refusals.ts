import { failureSentence, json, retryHeaders, type JsonAnswer, type RefusalForm } from '../calls/answer.js';

const CODES: Readonly<Record<number, string>> = {
  401: 'invalidApiKey',
  402: 'insufficientCredits',
  408: 'timeoutProvider',
  429: 'rateLimitExceeded',
  502: 'providerError',
  504: 'timeoutProvider',
};

const refusal = (
  status: number,
  error: { code: string; message: string; parameter?: string },
  headers?: Record<string, string>,
): JsonAnswer => json(status, { errors: [{ ...error, type: 'string', taskType: 'imageInference' }] }, headers);

/** `{errors: [{code, message, parameter}]}`. */
export const runwareRefusals: RefusalForm = {
  unauthorized: () => refusal(401, { code: 'invalidApiKey', message: 'Invalid API key.' }),
  invalid: (message, field) =>
    // Without the index of the task: there is one.
    refusal(400, {
      code: 'invalidParameter',
      message,
      ...(field === null ? {} : { parameter: field.replace(/^0\./, '') }),
    }),
  notFound: (what) => refusal(404, { code: 'notFound', message: `${what} not found` }),
  failure: (status, retryAfter) =>
    refusal(
      status,
      {
        code: CODES[status] ?? (status >= 500 ? 'internalServerError' : 'invalidRequest'),
        message: failureSentence(status),
      },
      retryHeaders(status, retryAfter),
    ),
  moderated: () =>
    refusal(400, {
      code: 'invalidProviderContent',
      message: "The content was filtered by the model provider's safety system.",
    }),
};
