import type { PlannedOffering, VideoHandle } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/videos';

/**
 * What a job that meets a row has to do.
 *
 * - `submit`: to whatever offering its route says is next.
 * - `doubt`: somebody began to submit and did not live to tell. The provider may be at work: never submitted again.
 * - `look-up`: asks whether the provider took a submission whose end nobody saw.
 * - `poll`: the provider has it.
 * - `time-out`: its deadline has passed.
 * - `call-off`: cancelled meanwhile; the provider still has it.
 * - `rest`: somebody else is at it, or has planned the next look.
 */
export type NextStep =
  | { do: 'submit' }
  | { do: 'doubt'; offering: PlannedOffering }
  | { do: 'look-up'; offering: PlannedOffering }
  | { do: 'poll'; offering: PlannedOffering; handle: VideoHandle }
  | { do: 'time-out'; offering: PlannedOffering }
  | { do: 'call-off'; offering: PlannedOffering; handle: VideoHandle }
  | { do: 'rest' };

/** Delayed jobs may come a little early, and clocks differ a little. */
const EARLY_MS = 250;

/**
 * @param now Unix ms
 * @param rerun the job's earlier run was cut short: what that run had reserved for itself (`nextActionAt` ahead) is void
 */
export function nextStep(row: VideoRow, now: number, rerun: boolean): NextStep {
  const offering = offeringOf(row);
  const due = rerun || row.nextActionAt.getTime() <= now + EARLY_MS;
  switch (row.state) {
    case 'completed':
    case 'failed':
      return { do: 'rest' };
    case 'cancelled':
      return row.handle === null ? { do: 'rest' } : { do: 'call-off', offering, handle: row.handle };
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

/** The offering a row is at. Throws for a row that no plan can have made. */
export function offeringOf({ requestId, plan, routeIndex }: VideoRow): PlannedOffering {
  const offering = plan.route[routeIndex];
  if (offering === undefined)
    throw new Error(`${requestId} is at offering ${String(routeIndex)} of ${String(plan.route.length)}`);
  return offering;
}

export function isTerminal({ state }: Pick<VideoRow, 'state'>): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}

function isOver({ deadline }: VideoRow, now: number): boolean {
  return deadline.getTime() <= now;
}
