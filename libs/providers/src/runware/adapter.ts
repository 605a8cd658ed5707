import { succeed } from '@lumenfall/contracts';
import { failed, httpOf, QUICK, within, type Dialect } from '../http/index.js';
import type { ImageProvider, ProviderAdapters } from '../spec/index.js';
import { readRunwareRefusal } from './errors.js';
import { readTaskDetails, runwareImageAnswer } from './image-answer.js';
import { runwareTask } from './image-request.js';

const dialect: Dialect = {
  authorize: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  readRefusal: readRunwareRefusal,
};
const http = httpOf(dialect);

/** One URL for every task; the answer comes when the images are made. */
const image: ImageProvider = {
  maxImagesPerCall: 10,
  // The cost of a task comes in USD, not as an amount of anything.
  reports: [],
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
    return answer.ok ? runwareImageAnswer(answer.value.body, http(context)) : answer;
  },

  /** Runware keeps the answer to a task under the UUID that we gave it. */
  async lookUp(_request, context) {
    const body = [{ taskType: 'getTaskDetails', taskUUID: context.callId }];
    const answer = await http(context).json(
      {
        method: 'POST',
        target: context.endpoint.baseUrl,
        body,
        limits: within(context.limits, QUICK),
        anyStatus: true,
      },
      context.signal,
    );
    if (!answer.ok) return answer;
    const details = readTaskDetails(answer.value.body, context.callId);
    switch (details.known) {
      case 'answer':
        return succeed({ found: 'work', outcome: runwareImageAnswer(details.answer, http(context)) });
      case 'nothing':
        return succeed({ found: 'nothing' });
      case 'unreadable':
        return failed('transient', 'The provider did not say what became of the task', {
          status: answer.value.status,
        });
    }
  },
};

export const runware = { image } satisfies ProviderAdapters;
