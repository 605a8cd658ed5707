import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/videos';

/**
 * What the job of a row has to do.
 *
 * - `submit`: submit it to the next candidate of its route.
 * - `doubt`: a worker died while submitting it. The provider may have accepted it, so it is not submitted again.
 * - `look-up`: ask whether the provider accepted a submission of unknown outcome.
 * - `poll`: ask the provider that has accepted it.
 * - `time-out`: its deadline has passed.
 * - `cancel-upstream`: it was cancelled, and a provider has accepted it.
 * - `rest`: nothing, since it is not admitted yet, or another worker is working on it or has planned the next poll.
 */
export type NextStep =
  | { do: 'submit' }
  | { do: 'doubt'; offering: PlannedOffering }
  | { do: 'look-up'; offering: PlannedOffering }
  | { do: 'poll'; offering: PlannedOffering; handle: VideoHandle }
  | { do: 'time-out'; offering: PlannedOffering }
  | { do: 'cancel-upstream'; offering: PlannedOffering; handle: VideoHandle }
  | { do: 'rest' };

/** Delayed jobs may run slightly early, and clocks differ slightly. */
const EARLY_MS = 250;

/**
 * @param now Unix ms
 * @param rerun an earlier run of the job was cut short, so its reservation (`nextActionAt` in the future) is void
 */
export function nextStep(row: VideoRow, now: number, rerun: boolean): NextStep {
  const offering = offeringOf(row);
  const due = rerun || row.nextActionAt.getTime() <= now + EARLY_MS;
  switch (row.state) {
    case 'pending':
    case 'completed':
    case 'failed':
      return { do: 'rest' };
    case 'cancelled':
      return row.handle === null ? { do: 'rest' } : { do: 'cancel-upstream', offering, handle: row.handle };
    case 'queued':
      return isOver(row, now) ? { do: 'time-out', offering } : { do: 'submit' };
    case 'submitting':
      if (!due) return { do: 'rest' };
      return isOver(row, now) ? { do: 'time-out', offering } : { do: 'doubt', offering };
    case 'unknown':
      if (isOver(row, now)) return { do: 'time-out', offering };
      return due ? { do: 'look-up', offering } : { do: 'rest' };
    case 'submitted':
    case 'running':
      if (!due) return { do: 'rest' };
      if (isOver(row, now)) return { do: 'time-out', offering };
      return row.handle === null ? { do: 'doubt', offering } : { do: 'poll', offering, handle: row.handle };
  }
}

/** The offering that a row is at. Throws if its plan has none there. */
export function offeringOf({ requestId, plan, routeIndex }: VideoRow): PlannedOffering {
  const offering = plan.route[routeIndex];
  if (offering === undefined)
    throw new Error(`${requestId} is at offering ${String(routeIndex)} of ${String(plan.route.length)}`);
  return offering;
}

function isOver({ deadline }: VideoRow, now: number): boolean {
  return deadline.getTime() <= now;
}
