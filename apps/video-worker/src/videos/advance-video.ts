import type { RunContext } from '@lumenfall/queue';
import { nextStep } from './next-step.js';
import { pollVideo } from './poll-video.js';
import { lookUpVideo, submitVideo } from './submit-video.js';
import { inDoubt, timedOut } from './transitions.js';
import { cancelUpstream, clientOfVideo } from './upstream.js';
import { moveOn, type VideoPorts } from './video-moves.js';

/**
 * Takes the next step of a video. The row alone decides which one; a job only says that one may be due, so a repeated,
 * late or misnamed job does no harm.
 */
export async function advanceVideo(requestId: string, { run, signal }: RunContext, ports: VideoPorts): Promise<void> {
  const row = await ports.videos.get(requestId);
  if (row === null) {
    ports.log.error({ requestId }, 'a job names a video that does not exist');
    return;
  }
  const step = nextStep(row, Date.now(), run > 1);
  switch (step.do) {
    case 'rest':
      return;
    case 'submit':
      return submitVideo(row, signal, ports);
    case 'look-up':
      return lookUpVideo(row, step.offering, ports);
    case 'poll':
      return pollVideo(row, step, signal, ports);
    case 'doubt':
      ports.log.warn({ requestId }, 'a worker died while it submitted a video');
      await moveOn(row, inDoubt(row, step.offering, null, Date.now()), ports);
      return;
    case 'time-out': {
      const ended = await moveOn(row, timedOut(row, step.offering, Date.now()), ports);
      const client = clientOfVideo(row, step.offering, ports);
      if (ended?.handle && client) await cancelUpstream(ended, step.offering, ended.handle, client, ports);
      return;
    }
    case 'cancel-upstream': {
      const client = clientOfVideo(row, step.offering, ports);
      if (client !== null) await cancelUpstream(row, step.offering, step.handle, client, ports);
    }
  }
}
