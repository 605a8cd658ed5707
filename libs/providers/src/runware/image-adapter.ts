import { failed, httpOf, QUICK, secretsOf, succeeded, within, type Dialect } from '../http/index.js';
import type { ImageProvider } from '../spec/index.js';
import { readRunwareRefusal } from './errors.js';
import { runwareImageAnswer } from './image-answer.js';
import { runwareTask } from './image-request.js';
import { readTaskDetails } from './task-details.js';

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
      {
        method: 'POST',
        target: context.endpoint.baseUrl,
        body,
        limits: context.limits,
        unrepeatable: 'unless-reset',
      },
      context.signal,
    );
    return answer.ok ? runwareImageAnswer(answer.value.body, secretsOf(context.endpoint)) : answer;
  },

  /** Whatever was answered to a task is kept under the name that we gave it. */
  async lookUp(_request, context) {
    const body = [{ taskType: 'getTaskDetails', taskUUID: context.callId }];
    const asked = await http(context).json(
      {
        method: 'POST',
        target: context.endpoint.baseUrl,
        body,
        limits: within(context.limits, QUICK),
        anyStatus: true,
      },
      context.signal,
    );
    if (!asked.ok) return asked;
    const details = readTaskDetails(asked.value.body, context.callId);
    switch (details.known) {
      case 'answer':
        return succeeded({
          found: 'work',
          outcome: runwareImageAnswer(details.answer, secretsOf(context.endpoint)),
        });
      case 'nothing':
        return succeeded({ found: 'nothing' });
      case 'unreadable':
        return failed('transient', 'The provider does not tell what became of the task', {
          status: asked.value.status,
        });
    }
  },
};
