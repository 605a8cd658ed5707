import { awaitJob, httpOf, QUICK, within, type Dialect } from '../http/index.js';
import { withoutJobId } from '../media/job-answer.js';
import { readOpenAiRefusal } from '../openai-compatible/errors.js';
import type { ImageCallContext, ImageGeneration, ImageProvider, Outcome, ProviderAdapters } from '../spec/index.js';
import { fireworksImageAnswer, readJobState, readRequestId } from './image-answer.js';
import { fireworksImageCall, type FireworksCall } from './image-request.js';

/** An image of 16 Mpx in base64. */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** Fireworks refuses in OpenAI's form. */
const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readOpenAiRefusal,
};
const http = httpOf(dialect);
/** Otherwise the answer is the bare image, which cannot explain why there is none. */
const headers = { Accept: 'application/json' };

const image: ImageProvider = {
  maxImagesPerCall: 1,
  reports: [],
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
  return answer.ok ? fireworksImageAnswer(answer.value.body, http(context)) : answer;
}

/** Jobs cannot be cancelled. */
async function byJob({ target, body }: FireworksCall, context: ImageCallContext): Promise<Outcome<ImageGeneration>> {
  const limits = within(context.limits, QUICK);
  const answer = await http(context).json(
    { method: 'POST', target, body, headers, limits, unrepeatable: 'unless-reset' },
    context.signal,
  );
  if (!answer.ok) return answer;
  const id = readRequestId(answer.value.body);
  if (id === null) return withoutJobId(answer.value.body, http(context));
  const question = { method: 'POST', target: `${target}/get_result`, body: { id }, headers, limits } as const;
  return await awaitJob<ImageGeneration>(
    {
      async poll(current) {
        const polled = await http(current).json({ ...question, maxBytes: MAX_ANSWER_BYTES }, current.signal);
        return polled.ok ? readJobState(polled.value.body, http(current)) : polled;
      },
      cancel: async () => undefined,
    },
    context,
  );
}

export const fireworks = { image } satisfies ProviderAdapters;
