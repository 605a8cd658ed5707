import type { VideoRow } from '@lumenfall/videos';
import { isTerminal } from './next-step.js';
import type { VideoPorts } from './video-ports.js';

/** The job that takes a row on, named by the row's version: one job per move, however often it is asked for. */
export function jobOf({ requestId, state, version }: VideoRow): { name: 'video.submit' | 'video.poll'; id: string } {
  const submits = state === 'queued' || state === 'submitting';
  return submits
    ? { name: 'video.submit', id: `${requestId}-submit-${String(version)}` }
    : { name: 'video.poll', id: `${requestId}-poll-${String(version)}` };
}

/** Sees to what comes after a move: the next job, or the usage record of an end. Null: somebody else moved the row. */
export async function followUp(row: VideoRow | null, ports: Pick<VideoPorts, 'producer' | 'videos'>): Promise<void> {
  if (row === null) return;
  if (isTerminal(row)) return queueUsage(row, ports);
  const { name, id } = jobOf(row);
  const delayMs = Math.max(0, row.nextActionAt.getTime() - Date.now());
  await ports.producer.enqueue(name, { requestId: row.requestId }, { id, delayMs });
}

/**
 * Hands an ended video's record to billing. The row is the outbox: a crash before the mark means that the sweep hands it
 * over once more, under the same id.
 */
export async function queueUsage(
  row: VideoRow,
  { producer, videos }: Pick<VideoPorts, 'producer' | 'videos'>,
): Promise<void> {
  if (row.usage === null || row.usageQueuedAt !== null) return;
  await producer.enqueue('usage.record', row.usage, { id: row.requestId });
  await videos.move(row, { usageQueuedAt: new Date() });
}
