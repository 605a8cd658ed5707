import { awaitJob, failed, httpOf, QUICK, within, type Dialect } from '../http/index.js';
import type { ImageCallContext, ImageGeneration, ImageProvider, Outcome } from '../spec/index.js';
import { readFireworksRefusal } from './errors.js';
import { fireworksImageAnswer, readJobState, readRequestId } from './image-answer.js';
import { fireworksImageCall, type FireworksCall } from './image-request.js';

/** A picture of 16 Mpx in base64. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readFireworksRefusal,
};
const http = httpOf(dialect);
/** Otherwise the answer is the bare picture, without a word on why there is none. */
const headers = { Accept: 'application/json' };

export const fireworksImages: ImageProvider = {
  maxImagesPerCall: 1,
  generate(request, context) {
    const call = fireworksImageCall(request, context);
    return call.protocol === 'job' ? byJob(call, context) : atOnce(call, context);
  },
};

async function atOnce({ target, body }: FireworksCall, context: ImageCallContext): Promise<Outcome<ImageGeneration>> {
  const answer = await http(context).json(
    { method: 'POST', target, body, headers, limits: context.limits, maxBytes: MAX_ANSWER_BYTES },
    context.signal,
  );
  return answer.ok ? fireworksImageAnswer(answer.value.body) : answer;
}

/** A job cannot be cancelled there. */
async function byJob({ target, body }: FireworksCall, context: ImageCallContext): Promise<Outcome<ImageGeneration>> {
  const limits = within(context.limits, QUICK);
  const answer = await http(context).json(
    { method: 'POST', target, body, headers, limits, unrepeatable: 'unless-reset' },
    context.signal,
  );
  if (!answer.ok) return answer;
  const id = readRequestId(answer.value.body);
  if (id === null) return failed('ambiguous', 'The provider accepted the job without naming it');
  const question = { method: 'POST', target: `${target}/get_result`, body: { id }, headers, limits } as const;
  return await awaitJob<ImageGeneration>(
    {
      async ask(current) {
        const asked = await http(current).json({ ...question, maxBytes: MAX_ANSWER_BYTES }, current.signal);
        return asked.ok ? readJobState(asked.value.body) : asked;
      },
      cancel: async () => undefined,
    },
    context,
  );
}
