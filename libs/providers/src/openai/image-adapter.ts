import { httpOf, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import { openAiImageAnswer } from './image-answer.js';
import { openAiImageRequest } from './image-request.js';

/** Ten pictures of 4 Mpx in base64. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

export function openAiImages(dialect: Dialect): ImageProvider {
  const http = httpOf(dialect);
  return {
    maxImagesPerCall: 10,
    async generate(request, context) {
      const body = openAiImageRequest(request, context.model, context.parameters);
      const answer = await http(context).json(
        { method: 'POST', target: '/images/generations', body, limits: context.limits, maxBytes: MAX_ANSWER_BYTES },
        context.signal,
      );
      return answer.ok ? openAiImageAnswer(answer.value.body) : answer;
    },
  };
}
