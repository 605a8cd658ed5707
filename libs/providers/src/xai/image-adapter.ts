import { httpOf, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import { readXaiRefusal } from './errors.js';
import { xaiImageAnswer } from './image-answer.js';
import { xaiImageRequest } from './image-request.js';

/** Ten pictures of 4 Mpx in base64. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readXaiRefusal,
};
const http = httpOf(dialect);

export const xaiImages: ImageProvider = {
  maxImagesPerCall: 10,
  async generate(request, context) {
    const { target, body } = xaiImageRequest(request, context);
    const answer = await http(context).json(
      { method: 'POST', target, body, limits: context.limits, maxBytes: MAX_ANSWER_BYTES },
      context.signal,
    );
    return answer.ok ? xaiImageAnswer(answer.value.body) : answer;
  },
};
