import { clientOf } from '@lumenfall/execution';
import type { RunContext } from '@lumenfall/queue';
import { callOff } from './call-off.js';
import { followUp } from './follow-up.js';
import { lookUpVideo } from './look-up-video.js';
import { nextStep } from './next-step.js';
import { pollVideo } from './poll-video.js';
import { submitVideo } from './submit-video.js';
import { inDoubt, timedOut } from './transitions.js';
import type { VideoPorts } from './video-ports.js';

/**
 * Takes a video one step on. The row alone decides which step; a job only says that one may be due, so a job that comes
 * twice, late, or under the wrong name does no harm.
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
    case 'doubt': {
      ports.log.warn({ requestId }, 'a video was being submitted when its worker died');
      return followUp(await ports.videos.move(row, inDoubt(row, step.offering, null, Date.now())), ports);
    }
    case 'time-out': {
      const ended = await ports.videos.move(row, timedOut(row, step.offering, Date.now()));
      await followUp(ended, ports);
      const door = clientOf(ports.clients, step.offering.provider, row.candidate?.credential ?? null);
      if (ended?.handle && door) await callOff(ended, step.offering, ended.handle, door, ports);
      return;
    }
    case 'call-off': {
      const door = clientOf(ports.clients, step.offering.provider, row.candidate?.credential ?? null);
      if (door !== null) await callOff(row, step.offering, step.handle, door, ports);
    }
  }
}
