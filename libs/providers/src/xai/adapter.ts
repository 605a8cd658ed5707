import { httpOf, type Dialect } from '../http/index.js';
import type { ImageProvider, ProviderAdapters } from '../spec/index.js';
import { readXaiRefusal } from './errors.js';
import { xaiImageAnswer } from './image-answer.js';
import { xaiImageRequest } from './image-request.js';

/** Ten images of 4 Mpx in base64. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readXaiRefusal,
};
const http = httpOf(dialect);

const image: ImageProvider = {
  maxImagesPerCall: 10,
  // The cost of a call comes in USD, not as an amount of anything.
  reports: [],
  async generate(request, context) {
    const { target, body } = xaiImageRequest(request, context);
    const answer = await http(context).json(
      { method: 'POST', target, body, limits: context.limits, maxBytes: MAX_ANSWER_BYTES },
      context.signal,
    );
    return answer.ok ? xaiImageAnswer(answer.value.body, http(context)) : answer;
  },
};

export const xai = { image } satisfies ProviderAdapters;
