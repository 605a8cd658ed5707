import { jobOf, type VideoRow } from '@lumenfall/videos';
import { sendUsage, type VideoPorts } from './video-moves.js';

/** How long after its next action was due a row counts as forgotten. */
const OVERDUE_AFTER_MS = 15_000;
/** How far the next action of a revived row is backdated, so that it is due on every machine's clock. */
const SKEW_MS = 5_000;
const BATCH = 100;

export interface Sweep {
  withdrawn: number;
  revived: number;
  recorded: number;
  forgotten: number;
}

/**
 * Deletes videos that were neither admitted nor refused; finds videos whose job was lost (a crash, a lost queue) and
 * adds a new one; sends usage records that a crash left unsent or that the usage log has lost; deletes the content of
 * requests whose media have expired. Any number of workers may sweep at once: only the
 * worker that moves a row adds its job.
 */
export async function sweepVideos(ports: VideoPorts, now = Date.now()): Promise<Sweep> {
  const sweep: Sweep = { withdrawn: 0, revived: 0, recorded: 0, forgotten: 0 };
  const due = new Date(now - OVERDUE_AFTER_MS);
  sweep.withdrawn = await ports.videos.withdrawForgotten(due);
  if (sweep.withdrawn > 0)
    ports.log.warn({ videos: sweep.withdrawn }, 'withdrew videos that were not admitted: their gateway died');
  const onUnreadable = (requestId: string, error: unknown): void =>
    ports.log.error({ err: error, requestId }, 'the row of a video cannot be read');
  for (const row of await ports.videos.findOverdue(due, BATCH, onUnreadable)) {
    await separately(row, ports, async () => {
      if (await revive(row, now, ports)) sweep.revived += 1;
    });
  }
  for (const row of await ports.videos.findUnrecorded(due, BATCH, onUnreadable)) {
    await separately(row, ports, async () => {
      if (await sendUsage(row, ports)) sweep.recorded += 1;
    });
  }
  sweep.forgotten = await ports.videos.forgetExpired(new Date(now));
  return sweep;
}

async function revive(row: VideoRow, now: number, { videos, producer, log }: VideoPorts): Promise<boolean> {
  const job = await producer.state('video', jobOf(row).id);
  // The workers are busy: the job waits for its turn.
  if (job === 'waiting' || job === 'active') return false;
  // A new version gives the job a new id, which differs from that of every earlier job.
  const moved = await videos.move(row, { nextActionAt: new Date(now - SKEW_MS) });
  if (moved === null) return false;
  const { name, id } = jobOf(moved);
  await producer.enqueue(name, { requestId: row.requestId }, { id });
  log.info({ requestId: row.requestId, state: row.state, job }, 'added a new job for a video that had lost its own');
  return true;
}

async function separately({ requestId }: VideoRow, { log }: VideoPorts, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error, requestId }, 'the sweep failed for a video');
  }
}
