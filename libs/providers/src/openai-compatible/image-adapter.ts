import { httpOf, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import { OPENAI_IMAGE_REPORTS, openAiImageAnswer } from './image-answer.js';
import { openAiImageCall } from './image-request.js';

/** Ten images of 4 Mpx in base64. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Images in OpenAI's dialect: `/images/generations` and `/images/edits`. */
export function openAiImages(dialect: Dialect): ImageProvider {
  const http = httpOf(dialect);
  return {
    maxImagesPerCall: 10,
    reports: OPENAI_IMAGE_REPORTS,
    async generate(request, context) {
      const { target, body } = openAiImageCall(request, context);
      const answer = await http(context).json(
        { method: 'POST', target, body, limits: context.limits, maxBytes: MAX_ANSWER_BYTES },
        context.signal,
      );
      return answer.ok ? openAiImageAnswer(answer.value.body, http(context)) : answer;
    },
  };
}
