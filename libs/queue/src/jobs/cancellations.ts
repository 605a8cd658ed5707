import { JOBS } from '@lumenfall/contracts';
import type { Channels, JobQueue } from '../backend.js';
import { engineCall } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';

const CHANNEL = 'cancel';

/** The progress value that marks a waiting job as cancelled for the worker that takes it. */
export const CANCELLED_MARK = 'cancelled';

/** How long a cancellation is remembered: the job may reach its worker later. */
const REMEMBERED_MS = 60_000;

/** Queues whose jobs have a waiting client; their job ids are request ids. */
const ANSWERED_QUEUES = [JOBS['chat.complete'].queue, JOBS['image.generate'].queue];

/**
 * Marks a waiting job and notifies the worker of a running one. The job is not removed: its worker records the outcome.
 */
export async function cancelJob(
  requestId: string,
  channels: Channels,
  queueOf: (name: string) => JobQueue,
): Promise<void> {
  const marking = ANSWERED_QUEUES.map((name) => queueOf(name).updateJobProgress(requestId, CANCELLED_MARK));
  // It is in at most one of them.
  await engineCall('Marking a job as cancelled', COMMAND_DEADLINE_MS, Promise.allSettled(marking));
  await engineCall('Cancelling', COMMAND_DEADLINE_MS, channels.publish(CHANNEL, requestId));
}

/** The cancellations that this process was notified of. */
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

  /** Returns a function that removes the listener. */
  listen(listener: (jobId: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #hear(jobId: string): void {
    const now = Date.now();
    // A Map keeps the order of insertion: oldest first.
    for (const [id, until] of this.#heard) {
      if (until > now) break;
      this.#heard.delete(id);
    }
    this.#heard.set(jobId, now + REMEMBERED_MS);
    for (const listener of this.#listeners) listener(jobId);
  }
}
