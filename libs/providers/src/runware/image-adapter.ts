import { httpOf, secretsOf, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import { readRunwareRefusal } from './errors.js';
import { runwareImageAnswer } from './image-answer.js';
import { runwareTask } from './image-request.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readRunwareRefusal,
};
const http = httpOf(dialect);

/** One address for every task; the answer waits for the pictures. */
export const runwareImages: ImageProvider = {
  maxImagesPerCall: 10,
  async generate(request, context) {
    const body = [runwareTask(request, context)];
    const answer = await http(context).json(
      { method: 'POST', target: context.endpoint.baseUrl, body, limits: context.limits },
      context.signal,
    );
    return answer.ok ? runwareImageAnswer(answer.value.body, secretsOf(context.endpoint)) : answer;
  },
};
