import { failureSentence, json, retryHeaders, type RefusalForm } from '../calls/answer.js';

const complaint = (field: string | null, message: string): unknown => ({
  detail: [{ loc: field === null ? ['body'] : ['body', field], msg: message, type: 'value_error' }],
});

/** `{detail}`, a sentence or a list; moderation is a status of the task. */
export const bflRefusals: RefusalForm = {
  unauthorized: () => json(403, { detail: 'Not authenticated - Invalid Authentication' }),
  invalid: (message, field) => json(422, complaint(field, message)),
  notFound: (what) => json(404, { detail: `${what} not found` }),
  failure(status, retryAfter) {
    if (status === 422) return json(422, complaint('prompt', failureSentence(status)));
    return json(status, { detail: failureSentence(status) }, retryHeaders(status, retryAfter));
  },
  moderated: () => json(422, complaint('prompt', 'Request Moderated')),
};
