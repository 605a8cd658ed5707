import { apiError, fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import type { ImageRun, ImageRunAnswer, ImageRunStore, NewImageRun } from '@lumenfall/database';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ImagesFailure } from './finished-images.js';

export interface RepeatTiming {
  /** Between two looks at a run that somebody waits for. */
  pollMs: number;
  /** How long a run goes on when its client has left, and nobody has come for it. SDKs come again within a second or two. */
  lingerMs: number;
  /** A run without a job for so long has lost its gateway: longer than an admission takes. */
  lostMs: number;
}

const TIMING: RepeatTiming = { pollMs: 500, lingerMs: 5_000, lostMs: 20_000 };

/** How the run ended that a repeat followed; `again` where it is to begin on its own, null where its client has left too. */
export type FollowedEnd = Result<ImageRunAnswer, ImagesFailure> | 'again' | null;

/**
 * Keeps a repeat from being made and paid a second time. What each crash leaves:
 *
 * - *after `begin`, before the job:* the run has no job; a repeat withdraws it after `lostMs` and begins anew.
 * - *of the gateway, while the job runs:* nobody writes the answer; a repeat waits for the job's end, then the same.
 * - *of the worker:* its job is started again or given up, and the gateway hears of either.
 * - *after the answer came, before it was kept:* the repeat is made and charged again, as if it had another key.
 *
 * So at no time do two jobs of one run make images, and none waits beyond its deadline.
 */
export class Repeats {
  constructor(
    private readonly runs: ImageRunStore,
    private readonly producer: Pick<JobProducer, 'state'>,
    private readonly log: Logger,
    private readonly timing = TIMING,
  ) {}

  /** Null: it is no repeat, and is kept for those that may come. Errors: `IDEMPOTENCY_CONFLICT`, `OVERLOADED`. */
  async begin(run: NewImageRun, options: { repeated: boolean }): Promise<Result<ImageRun | null>> {
    try {
      const begun = await this.runs.begin(run, options);
      if (begun.outcome === 'conflict') return fail(conflict());
      return succeed(begun.outcome === 'repeat' ? begun.run : null);
    } catch (error) {
      this.log.error({ err: error, requestId: run.requestId }, 'an image request could not be kept for repeats');
      // Without a key nothing was promised.
      if (run.idempotencyKey === null) return succeed(null);
      const message = 'The idempotency key cannot be checked right now. Please try again';
      return fail(apiError('OVERLOADED', message, { retryAfterMs: 2_000 }));
    }
  }

  /** Waits for the end of another request's run. `departed` is aborted when the client of this one leaves. */
  async follow(first: ImageRun, deadline: number, departed: AbortSignal): Promise<FollowedEnd> {
    let run: ImageRun | null = first;
    let lostSince: number | null = null;
    while (run?.state === 'running') {
      if (departed.aborted) return null;
      if (Date.now() >= deadline) return fail({ error: tookTooLong(), executedModel: null });
      if (!(await this.#hasNoJob(run.requestId))) lostSince = null;
      else if (Date.now() - (lostSince ??= Date.now()) >= this.timing.lostMs) {
        await this.runs.withdraw(run.requestId);
        return 'again';
      }
      await sleep(this.timing.pollMs);
      const last: ImageRun = run;
      // A database that is away for a moment loses nobody's images.
      run = await this.runs.find(run.requestId, { wanted: true }).catch(() => last);
    }
    if (run === null) return 'again';
    return run.state === 'answered'
      ? succeed(run.answer)
      : fail({ error: run.error, executedModel: run.executedModel });
  }

  /** Resolves when a run whose client has left is wanted by nobody else. */
  async untilUnwanted(requestId: string, ended: AbortSignal): Promise<void> {
    const { lingerMs } = this.timing;
    do {
      // An end of the run ends the pause.
      await sleep(lingerMs, undefined, { signal: ended }).catch(() => undefined);
    } while (!ended.aborted && (await this.#isWanted(requestId)));
  }

  /** Null: it was called off. A failure here only makes a repeat a request of its own. */
  async ended(requestId: string, end: Result<ImageRunAnswer, ImagesFailure> | null): Promise<void> {
    try {
      if (end === null) await this.runs.withdraw(requestId);
      else if (end.ok) await this.runs.answered(requestId, end.value);
      else await this.runs.failed(requestId, end.error);
    } catch (error) {
      this.log.warn({ err: error, requestId }, 'the end of an image request was not kept for repeats');
    }
  }

  async #isWanted(requestId: string): Promise<boolean> {
    try {
      return await this.runs.isWanted(requestId, this.timing.lingerMs);
    } catch {
      return false; // Who cannot be asked is not waited for.
    }
  }

  async #hasNoJob(requestId: string): Promise<boolean> {
    try {
      const state = await this.producer.state('image', requestId);
      return state === 'gone' || state === 'failed';
    } catch {
      return false; // The queue does not answer: the deadline holds in any case.
    }
  }
}

const conflict = (): ApiError =>
  apiError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for another request within the last 24 hours');

const tookTooLong = (): ApiError => apiError('TIMEOUT', 'The request took too long and was stopped');
