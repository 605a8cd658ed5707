import { awaitJob, succeeded } from '../http/index.js';
import type { ImageGeneration, ImageProvider } from '../spec/index.js';
import { falImageAnswer } from './image-answer.js';
import { falImageRequest } from './image-request.js';
import { falQueue } from './queue.js';

/** Submits and polls within the call: somebody waits for the picture. */
export const falImages: ImageProvider = {
  maxImagesPerCall: 1,
  async generate(request, context) {
    const { body, billedBy } = falImageRequest(request, context);
    const submitted = await falQueue.submit(body, context, 'unless-reset');
    if (!submitted.ok) return submitted;
    const handle = submitted.value;
    return await awaitJob<ImageGeneration>(
      {
        async ask(current) {
          const asked = await falQueue.poll(handle, current);
          if (!asked.ok) return asked;
          if (asked.value.state === 'running') return succeeded({ running: true });
          if (asked.value.state === 'finished') {
            return succeeded({ running: false, outcome: falImageAnswer(asked.value.result, billedBy) });
          }
          return succeeded({ running: false, outcome: { ok: false, failure: asked.value.failure } });
        },
        cancel: (current) => falQueue.cancel(handle, current),
      },
      context,
    );
  },
};
