import { succeed } from '@lumenfall/contracts';
import { awaitJob } from '../http/index.js';
import type { ImageGeneration, ImageProvider, ProviderAdapters, VideoProvider } from '../spec/index.js';
import { FAL_REPORTS, falImageAnswer } from './image-answer.js';
import { falImageRequest } from './image-request.js';
import { falHttp, falQueue } from './queue.js';
import { falVideoState } from './video-answer.js';
import { falVideoRequest } from './video-request.js';

/** Submits and polls within the call, because a client waits for the image. */
const image: ImageProvider = {
  maxImagesPerCall: 1,
  reports: FAL_REPORTS,
  async generate(request, context) {
    const { body, billedBy } = falImageRequest(request, context);
    const submitted = await falQueue.submit(body, context, 'unless-reset');
    if (!submitted.ok) return submitted;
    const handle = submitted.value;
    return await awaitJob<ImageGeneration>(
      {
        async poll(current) {
          const polled = await falQueue.poll(handle, current);
          if (!polled.ok) return polled;
          const job = polled.value;
          if (job.state === 'running') return succeed({ running: true });
          const outcome =
            job.state === 'finished'
              ? falImageAnswer(job.result, billedBy, falHttp(current))
              : { ok: false as const, error: job.failure };
          return succeed({ running: false, outcome });
        },
        cancel: (current) => falQueue.cancel(handle, current),
      },
      context,
    );
  },
};

const video: VideoProvider = {
  // fal bills videos in units that its answers do not explain.
  reports: [],
  submit: (request, context) => falQueue.submit(falVideoRequest(request, context.parameters), context, true),

  async poll(handle, context) {
    const polled = await falQueue.poll(handle, context);
    if (!polled.ok) return polled;
    const job = polled.value;
    if (job.state === 'finished') return succeed(falVideoState(job.result, falHttp(context)));
    // fal reports a place in the queue and logs, but no progress.
    return succeed(job.state === 'failed' ? job : { state: 'running', progress: null });
  },

  cancel: (handle, context) => falQueue.cancel(handle, context),
};

export const fal = { image, video } satisfies ProviderAdapters;
