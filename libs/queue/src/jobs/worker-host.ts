import { deadline } from '@lumenfall/async';
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

/** One BullMQ worker and its running jobs. */
export class BullWorkerHost implements WorkerHost {
  readonly #running = new Map<string, (reason: AbortReason) => void>();
  readonly #worker: JobWorker;
  readonly #removeListener: () => void;
  #closing = false;

  constructor(backend: Backend, options: HostOptions) {
    const { queue, concurrency, stallMs, cancellations, onError } = options;
    const ports = { ...options, running: this.#running, closing: () => this.#closing };
    this.#worker = backend.worker(queue, (job, token = '') => runJob(job, token, ports), {
      concurrency,
      lockDuration: stallMs,
      stalledInterval: Math.max(100, Math.round(stallMs / 2)),
      // `runJob` decides about stalled jobs, so that the worker that takes one can call `onAbandoned`.
      maxStalledCount: 1_000_000,
      runRetryDelay: 1_000,
    });
    this.#worker.on('error', onError);
    // Another worker may have the job by now: two runs must not both answer.
    this.#worker.on('lockRenewalFailed', (ids) => ids.forEach((id) => this.#running.get(id)?.('handed-back')));
    this.#removeListener = cancellations.listen((id) => this.#running.get(id)?.('cancelled'));
  }

  ready(): Promise<unknown> {
    return this.#worker.waitUntilReady();
  }

  active(): number {
    return this.#running.size;
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const closed = this.#worker.close();
    if (!(await endsWithin(closed, graceMs))) {
      for (const abort of this.#running.values()) abort('handed-back');
      // Jobs that are not handed back in time stall and are then given to another worker.
      await endsWithin(closed, HAND_BACK_MS * 2);
    }
    this.#removeListener();
  }
}

const endsWithin = (work: Promise<void>, ms: number): Promise<boolean> =>
  deadline(
    work.then(() => true),
    ms,
    () => false,
  );
