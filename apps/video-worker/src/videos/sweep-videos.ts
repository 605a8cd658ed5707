import type { VideoRow } from '@lumenfall/videos';
import { jobOf, queueUsage } from './follow-up.js';
import type { VideoPorts } from './video-ports.js';

/** How long a row's own job gets before the row counts as forgotten. */
const PATIENCE_MS = 15_000;
/** How far a revived row is dated back, so that it is due on every machine's clock. */
const SKEW_MS = 5_000;
const BATCH = 100;

export interface Sweep {
  revived: number;
  recorded: number;
  forgotten: number;
}

/**
 * Finds videos whose job is gone (a crash, a lost queue) and gives them a new one; hands over usage records that a crash
 * left behind; forgets what callers wrote once its media are gone. Any number of workers may sweep at once: a row is moved
 * first, and only who moved it enqueues.
 */
export async function sweepVideos(ports: VideoPorts, now = Date.now()): Promise<Sweep> {
  const sweep: Sweep = { revived: 0, recorded: 0, forgotten: 0 };
  for (const row of await ports.videos.findOverdue(new Date(now - PATIENCE_MS), BATCH)) {
    await eachOnItsOwn(row, ports, async () => {
      if (await revive(row, now, ports)) sweep.revived += 1;
    });
  }
  for (const row of await ports.videos.findUnrecorded(new Date(now - PATIENCE_MS), BATCH)) {
    await eachOnItsOwn(row, ports, async () => {
      await queueUsage(row, ports);
      sweep.recorded += 1;
    });
  }
  sweep.forgotten = await ports.videos.forgetExpired(new Date(now));
  return sweep;
}

async function revive(row: VideoRow, now: number, { videos, producer, log }: VideoPorts): Promise<boolean> {
  const standing = await producer.state('video', jobOf(row).id);
  // Its job only has to wait for its turn: the workers are busy, not the row forgotten.
  if (standing === 'waiting' || standing === 'active') return false;
  // A new version gives the job a new id, which no earlier job, done or failed, can stand in the way of.
  const moved = await videos.move(row, { nextActionAt: new Date(now - SKEW_MS) });
  if (moved === null) return false;
  const { name, id } = jobOf(moved);
  await producer.enqueue(name, { requestId: row.requestId }, { id });
  log.info({ requestId: row.requestId, state: row.state, job: standing }, 'a forgotten video goes on');
  return true;
}

async function eachOnItsOwn({ requestId }: VideoRow, { log }: VideoPorts, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error({ err: error, requestId }, 'the sweep could not help a video');
  }
}
