import { JOBS } from '@lumenfall/contracts';
import type { Channels, JobQueue } from '../backend.js';
import { withDeadline } from '../deadline.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';

const CHANNEL = 'cancel';

/** The mark of a cancelled job that still waits: it stays with the job, whoever takes it. */
export const CANCELLED_MARK = 'cancelled';

/** A job may reach its worker a little after the call to cancel it. */
const REMEMBERED_MS = 60_000;

/** Queues whose jobs somebody waits for; their job ids are request ids. */
const ANSWERED_QUEUES = [JOBS['chat.complete'].queue, JOBS['image.generate'].queue];

/** Marks a waiting job and calls out to the worker of a running one. The job is not removed: its worker records its end. */
export async function cancelJob(
  requestId: string,
  channels: Channels,
  queueOf: (name: string) => JobQueue,
): Promise<void> {
  const marking = ANSWERED_QUEUES.map((name) => queueOf(name).updateJobProgress(requestId, CANCELLED_MARK));
  // It is in at most one of them, perhaps already in none.
  await withDeadline('Marking a job as cancelled', COMMAND_DEADLINE_MS, Promise.allSettled(marking));
  await withDeadline('Cancelling', COMMAND_DEADLINE_MS, channels.publish(CHANNEL, requestId));
}

/** What this process has heard about cancelled jobs. */
export class Cancellations {
  readonly #heard = new Map<string, number>();
  readonly #listeners = new Set<(jobId: string) => void>();

  static async open(channels: Channels): Promise<Cancellations> {
    const cancellations = new Cancellations();
    await channels.subscribe(CHANNEL, (jobId) => cancellations.#hear(jobId));
    return cancellations;
  }

  has(jobId: string): boolean {
    return this.#heard.has(jobId);
  }

  /** Returns how to stop listening. */
  listen(listener: (jobId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #hear(jobId: string): void {
    const now = Date.now();
    // Oldest first: a Map keeps the order of insertion.
    for (const [id, until] of this.#heard) {
      if (until > now) break;
      this.#heard.delete(id);
    }
    this.#heard.set(jobId, now + REMEMBERED_MS);
    for (const listener of this.#listeners) listener(jobId);
  }
}
