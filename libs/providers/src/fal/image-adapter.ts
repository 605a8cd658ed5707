import type { VideoHandle } from '@lumenfall/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import { failed } from '../http/index.js';
import type { CallContext, ImageGeneration, ImageProvider, Outcome } from '../spec/index.js';
import { falImageAnswer } from './image-answer.js';
import { falImageRequest } from './image-request.js';
import { falQueue } from './queue.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;
/** Questions in a row that may fail before the job is given up. */
const PATIENCE = 5;

/** Submits and polls within the call: somebody waits for the picture. */
export const falImages: ImageProvider = {
  maxImagesPerCall: 1,
  async generate(request, context) {
    const submitted = await falQueue.submit(falImageRequest(request, context.parameters), context, false);
    if (!submitted.ok) return submitted;
    const outcome = await waitFor(submitted.value, context);
    if (!outcome.ok && (outcome.failure.kind === 'cancelled' || outcome.failure.kind === 'timeout')) {
      // Nobody will fetch it. With a signal of its own: the caller's has ended.
      await falQueue.cancel(submitted.value, { ...context, signal: AbortSignal.timeout(5_000) });
    }
    return outcome;
  },
};

async function waitFor(handle: VideoHandle, context: CallContext): Promise<Outcome<ImageGeneration>> {
  const deadline = Date.now() + context.limits.wholeMs;
  let failures = 0;
  for (let pause = FIRST_PAUSE_MS; Date.now() < deadline; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    const asked = await falQueue.poll(handle, context);
    if (asked.ok && asked.value.state === 'finished') return falImageAnswer(asked.value.result);
    if (asked.ok && asked.value.state === 'failed') return { ok: false, failure: asked.value.failure };
    failures = asked.ok ? 0 : failures + 1;
    if (!asked.ok && (asked.failure.kind === 'cancelled' || asked.failure.kind === 'auth' || failures >= PATIENCE)) {
      return asked;
    }
    // An abort ends the pause; the next question then answers `cancelled`.
    await sleep(pause, undefined, { signal: context.signal }).catch(() => undefined);
  }
  return failed('timeout', 'The provider took too long to make the image');
}
