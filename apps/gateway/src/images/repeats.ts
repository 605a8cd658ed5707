import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import type { ImageRun, ImageRunAnswer, ImageRunStore, NewImageRun } from '@lumenfall/database';
import type { MediaStore } from '@lumenfall/media';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreditGate } from '../admission/credit.js';
import { failed, type FinishedImages } from './finished-images.js';

export interface RepeatTiming {
  /** Between two looks at a run that somebody waits for. */
  pollMs: number;
  /** How long a run goes on when its client has left, and nobody has come for it. SDKs come again within a second or two. */
  lingerMs: number;
  /** A run without a job for so long has lost its gateway: longer than an admission takes. */
  lostMs: number;
}

const TIMING: RepeatTiming = { pollMs: 500, lingerMs: 5_000, lostMs: 20_000 };

/** The run of another request, which this one repeats; or one of its own, which is `kept` for repeats where the database took it. */
export type BegunRun = { repeats: ImageRun } | { repeats: null; kept: boolean };

/** How the run ended that a repeat followed; `again` where it is to begin on its own, null where its client has left too. */
export type FollowedEnd = FinishedImages | 'again' | null;

export interface RepeatsDependencies {
  runs: Omit<ImageRunStore, 'end' | 'endOf' | 'unrecorded' | 'sweep'>;
  producer: Pick<JobProducer, 'state'>;
  media: Pick<MediaStore, 'open'>;
  credit: Pick<CreditGate, 'release'>;
  log: Logger;
}

/**
 * Keeps a repeat from being made and paid a second time. A run is a row: the gateway writes it before anything else, its worker
 * ends it before it tells anybody. So what each crash leaves is:
 *
 * - *of the gateway, after `begin` and before the job:* a run without a job; a repeat withdraws it after `lostMs` and begins anew. Should
 *   that job come to a worker after all, it finds its row gone, and what it made is neither delivered nor charged.
 * - *of the gateway later on:* the job runs to its end, which the worker writes; a repeat waits for it in whichever gateway it is.
 * - *of the worker before the end is written:* its job is started again, or given up, which ends the run too.
 * - *of the worker after that:* its job is started again, finds the end, and goes on with the record and the answer.
 *
 * So at no time do two jobs of one run make images, none is charged twice, and none waits beyond its deadline.
 */
export class Repeats {
  constructor(
    private readonly parts: RepeatsDependencies,
    private readonly timing = TIMING,
  ) {}

  /** Errors: `IDEMPOTENCY_CONFLICT`, `OVERLOADED`. */
  async begin(run: NewImageRun, options: { repeated: boolean }): Promise<Result<BegunRun>> {
    try {
      const begun = await this.parts.runs.begin(run, options);
      if (begun.outcome === 'conflict') return fail(conflict());
      return succeed(begun.outcome === 'repeat' ? { repeats: begun.run } : { repeats: null, kept: true });
    } catch (error) {
      this.parts.log.error({ err: error, requestId: run.requestId }, 'an image request could not be kept for repeats');
      // Without a key nothing was promised.
      if (run.idempotencyKey === null) return succeed({ repeats: null, kept: false });
      const message = 'The idempotency key cannot be checked right now. Please try again';
      return fail(apiError('OVERLOADED', message, { retryAfterMs: 2_000 }));
    }
  }

  /** Waits for the end of another request's run. `departed` is aborted when the client of this one leaves. */
  async follow(first: ImageRun, deadline: number, departed: AbortSignal): Promise<FollowedEnd> {
    const { runs } = this.parts;
    let run: ImageRun | null = first;
    let lostSince: number | null = null;
    while (run?.state === 'running') {
      if (departed.aborted) return null;
      if (Date.now() >= deadline) return failed(tookTooLong(), null);
      if (!(await this.#hasNoJob(run.requestId))) lostSince = null;
      else if (Date.now() - (lostSince ??= Date.now()) >= this.timing.lostMs) await this.#giveUp(run.requestId);
      await sleep(this.timing.pollMs);
      const last: ImageRun = run;
      // A database that is away for a moment loses nobody's images.
      run = await runs.find(run.requestId, { wanted: true }).catch(() => last);
    }
    if (run === null) return 'again';
    if (run.state === 'failed') return run.error.code === 'CANCELLED' ? 'again' : failed(run.error, run.executedModel);
    if (await this.#filesAreThere(run.answer)) return succeed(run.answer);
    await runs.forget(run.requestId);
    return 'again';
  }

  /** Resolves when a run whose client has left is wanted by nobody else. */
  async untilUnwanted(requestId: string, ended: AbortSignal): Promise<void> {
    const { lingerMs } = this.timing;
    do {
      // An end of the run ends the pause.
      await sleep(lingerMs, undefined, { signal: ended }).catch(() => undefined);
    } while (!ended.aborted && (await this.#isWanted(requestId)));
  }

  /** How a run has ended by what its worker wrote. Null: it has not, or nobody knows. */
  async endOf(requestId: string): Promise<FinishedImages | null> {
    const run = await this.parts.runs.find(requestId).catch(() => null);
    if (run === null || run.state === 'running') return null;
    return run.state === 'answered' ? succeed(run.answer) : failed(run.error, run.executedModel);
  }

  /** Nothing came of the run, or it was called off: a repeat begins anew. A failure here costs that repeat some seconds. */
  async withdraw(requestId: string): Promise<void> {
    try {
      await this.parts.runs.withdraw(requestId);
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'an image request was not withdrawn');
    }
  }

  /** What it set aside is free again, or there might not be enough for its repeat. One that has just ended keeps both. */
  async #giveUp(requestId: string): Promise<void> {
    const { runs, credit } = this.parts;
    if (await runs.withdraw(requestId)) await credit.release(requestId);
  }

  async #filesAreThere({ images }: ImageRunAnswer): Promise<boolean> {
    const files = await Promise.all(images.map(({ file }) => this.parts.media.open(file.name)));
    return files.every((file) => file !== null);
  }

  async #isWanted(requestId: string): Promise<boolean> {
    try {
      return await this.parts.runs.isWanted(requestId, this.timing.lingerMs);
    } catch {
      return false; // Who cannot be asked is not waited for.
    }
  }

  async #hasNoJob(requestId: string): Promise<boolean> {
    try {
      const state = await this.parts.producer.state('image', requestId);
      return state === 'gone' || state === 'failed';
    } catch {
      return false; // The queue does not answer: the deadline holds in any case.
    }
  }
}

const conflict = (): ApiError =>
  apiError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for another request within the last 24 hours');

const tookTooLong = (): ApiError => apiError('TIMEOUT', 'The request took too long and was stopped');
