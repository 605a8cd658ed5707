import type { Backend, JobWorker } from '../backend.js';
import type { AbortReason, WorkerHost, WorkOptions } from '../engine.js';
import type { Cancellations } from './cancellations.js';
import { runJob } from './job-run.js';
import { HAND_BACK_MS } from '../settings.js';

export interface HostOptions extends WorkOptions {
  stallMs: number;
  cancellations: Cancellations;
  onError: (error: Error) => void;
}

/** One BullMQ worker with the jobs it has in hand. */
export class BullWorkerHost implements WorkerHost {
  readonly #inHand = new Map<string, (reason: AbortReason) => void>();
  readonly #worker: JobWorker;
  readonly #stopListening: () => void;
  #leaving = false;

  constructor(backend: Backend, options: HostOptions) {
    const { queue, concurrency, stallMs, cancellations, onError } = options;
    const around = { ...options, inHand: this.#inHand, leaving: () => this.#leaving };
    this.#worker = backend.worker(queue, (job, token = '') => runJob(job, token, around), {
      concurrency,
      lockDuration: stallMs,
      stalledInterval: Math.max(100, Math.round(stallMs / 2)),
      // Stalled jobs are judged in `runJob`, so that giving one up is told by whoever takes it.
      maxStalledCount: 1_000_000,
      runRetryDelay: 1_000,
    });
    this.#worker.on('error', onError);
    // Somebody else may have the job by now: two runs must not both answer.
    this.#worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => this.#inHand.get(id)?.('handed-back')));
    this.#stopListening = cancellations.listen((id) => this.#inHand.get(id)?.('cancelled'));
  }

  ready(): Promise<unknown> {
    return this.#worker.waitUntilReady();
  }

  active(): number {
    return this.#inHand.size;
  }

  async close(graceMs: number): Promise<void> {
    this.#leaving = true;
    const closed = this.#worker.close();
    if (!(await endsWithin(closed, graceMs))) {
      for (const stop of this.#inHand.values()) stop('handed-back');
      // Those that cannot be handed back in this time are found by their missing sign of life.
      await endsWithin(closed, HAND_BACK_MS * 2);
    }
    this.#stopListening();
  }
}

async function endsWithin(work: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
