import { succeeded } from '../http/index.js';
import type { VideoProvider } from '../spec/index.js';
import { falQueue } from './queue.js';
import { falVideoState } from './video-answer.js';
import { falVideoRequest } from './video-request.js';

export const falVideos: VideoProvider = {
  submit: (request, context) => falQueue.submit(falVideoRequest(request, context.parameters), context, true),

  async poll(handle, context) {
    const asked = await falQueue.poll(handle, context);
    if (!asked.ok) return asked;
    if (asked.value.state === 'finished') return succeeded(falVideoState(asked.value.result));
    // fal tells a place in the queue and logs, but no progress.
    return succeeded(asked.value.state === 'failed' ? asked.value : { state: 'running', progress: null });
  },

  cancel: (handle, context) => falQueue.cancel(handle, context),
};
