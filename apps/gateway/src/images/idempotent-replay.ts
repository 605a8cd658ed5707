import { apiError, fail, succeed, type ApiError, type HoldOwner, type Result } from '@lumenfall/contracts';
import type { ImageRun, ImageRunAnswer, ImageRunStore, NewImageRun } from '@lumenfall/image-runs';
import type { MediaStore } from '@lumenfall/media';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CreditGate } from '../admission/credit.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';

export interface ImagesFailure {
  error: ApiError;
  executedModel: string | null;
  /** The job continues without this process: a repeat of the request finds it. */
  goesOn: boolean;
}

export type ImagesOutcome = Result<ImageRunAnswer, ImagesFailure>;

export interface ReplayTiming {
  /** Between two reads of a run that a repeat waits for. */
  pollMs: number;
  /**
   * How long a run continues after its client left, unless a repeat waits for it. SDKs retry within a second or two.
   */
  lingerMs: number;
  /** A run that has no job for so long was abandoned by its gateway; admission takes less. */
  lostMs: number;
}

const TIMING: ReplayTiming = { pollMs: 500, lingerMs: 5_000, lostMs: 20_000 };

export interface ReplayDependencies {
  runs: Omit<ImageRunStore, 'end' | 'endOf' | 'unrecorded' | 'sentAgain' | 'sweep'>;
  producer: Pick<JobProducer, 'state'>;
  media: Pick<MediaStore, 'open'>;
  credit: Pick<CreditGate, 'release'>;
  log: Logger;
}

/**
 * Prevents that a repeated image request is generated and charged twice. Every run has a row: the gateway writes it
 * before anything else, and the worker writes the outcome to it before it replies. What a crash leaves behind:
 *
 * - *The gateway, after the row and before the job:* a run without a job. A repeat withdraws it after `lostMs` and
 *   starts a new run. If the job reaches a worker after all, the worker finds no row; its images are neither delivered
 *   nor charged.
 * - *The gateway, later:* the job runs to its end and the worker writes the outcome. A repeat at any gateway waits for
 *   it.
 * - *The worker, before the outcome is written:* the queue restarts the job or gives it up, which writes an outcome
 *   too.
 * - *The worker, after that:* the restarted job finds the outcome and continues with the usage record and the reply.
 *
 * So a run never has two jobs that generate, is never charged twice, and never waits beyond its deadline.
 */
export class IdempotentReplay {
  constructor(
    private readonly parts: ReplayDependencies,
    private readonly timing = TIMING,
  ) {}

  /**
   * Writes the row of a new run. Returns the outcome of the earlier run if this request repeats one, waiting for it if
   * necessary; null if the caller is to generate the images. Errors: `IDEMPOTENCY_CONFLICT`, `OVERLOADED` if the
   * database is down.
   *
   * @param repeated the client marked the request as a repeat
   * @param departed aborted when the client leaves
   */
  async begin(
    run: NewImageRun,
    { repeated, departed }: { repeated: boolean; departed: AbortSignal },
  ): Promise<Result<{ requestId: string; outcome: ImagesOutcome | null } | null>> {
    for (;;) {
      const begun = await this.parts.runs.begin(run, { repeated }).catch((error: unknown) => {
        this.parts.log.error({ err: error, requestId: run.requestId }, 'the row of an image request was not written');
        return null;
      });
      if (begun === null) return fail(databaseDown());
      if (begun.outcome === 'conflict') return fail(conflict());
      if (begun.outcome === 'begun') return succeed(null);
      const earlier = begun.run;
      const followed = await this.follow(earlier, run, departed);
      if (followed !== 'unusable') return succeed({ requestId: earlier.requestId, outcome: followed });
    }
  }

  /**
   * Waits for the outcome of another request's run. Null: the client left. `unusable`: the earlier run cannot be
   * replayed.
   *
   * @param repeat the run of the request that waits, of the same organization
   */
  async follow(
    first: ImageRun,
    { organizationId, deadline }: Pick<NewImageRun, 'organizationId' | 'deadline'>,
    departed: AbortSignal,
  ): Promise<ImagesOutcome | 'unusable' | null> {
    const { runs } = this.parts;
    let run: ImageRun | null = first;
    let lostSince: number | null = null;
    while (run?.state === 'running') {
      if (departed.aborted) return null;
      if (Date.now() >= deadline.getTime()) return failed(timedOut(), null);
      if (!(await this.#hasNoJob(run.requestId))) lostSince = null;
      else if (Date.now() - (lostSince ??= Date.now()) >= this.timing.lostMs)
        await this.#giveUp({ requestId: run.requestId, organizationId, modality: 'image' });
      await sleep(this.timing.pollMs);
      const last: ImageRun = run;
      // While the database is down, the run counts as unchanged.
      run = await runs.find(run.requestId, { wanted: true }).catch(() => last);
    }
    if (run === null) return 'unusable';
    if (run.state === 'failed')
      return run.error.code === 'CANCELLED' ? 'unusable' : failed(run.error, run.executedModel);
    if (await this.#filesExist(run.answer)) return succeed(run.answer);
    await runs.forget(run.requestId);
    return 'unusable';
  }

  /** Resolves when no repeat waits for a run whose client has left, or when `ended` is aborted. */
  async untilUnwanted(requestId: string, ended: AbortSignal): Promise<void> {
    const { lingerMs } = this.timing;
    do {
      await sleep(lingerMs, undefined, { signal: ended }).catch(() => undefined);
    } while (!ended.aborted && (await this.#isWanted(requestId)));
  }

  /** The outcome that the worker wrote. Null: the run has not ended, or the database is down. */
  async outcomeOf(requestId: string): Promise<ImagesOutcome | null> {
    const run = await this.parts.runs.find(requestId).catch(() => null);
    if (run === null || run.state === 'running') return null;
    return run.state === 'answered' ? succeed(run.answer) : failed(run.error, run.executedModel);
  }

  /**
   * Removes the row of a run that was refused or cancelled, so that a repeat does not wait for it. Only logs a failure.
   */
  async withdraw(requestId: string): Promise<void> {
    try {
      await this.parts.runs.withdraw(requestId);
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'the row of an image request was not withdrawn');
    }
  }

  /** Releases the hold too: the balance may not cover two. A run that has ended meanwhile keeps row and hold. */
  async #giveUp(owner: HoldOwner): Promise<void> {
    const { runs, credit } = this.parts;
    if (await runs.withdraw(owner.requestId)) await credit.release(owner);
  }

  async #filesExist({ images }: ImageRunAnswer): Promise<boolean> {
    const files = await Promise.all(images.map(({ file }) => this.parts.media.open(file.name)));
    return files.every((file) => file !== null);
  }

  async #isWanted(requestId: string): Promise<boolean> {
    try {
      return await this.parts.runs.isWanted(requestId, this.timing.lingerMs);
    } catch {
      return false;
    }
  }

  async #hasNoJob(requestId: string): Promise<boolean> {
    try {
      const state = await this.parts.producer.state('image', requestId);
      return state === 'gone' || state === 'failed';
    } catch {
      return false; // While the queue is down, only the deadline ends the wait.
    }
  }
}

/**
 * Waits for the worker's reply. The outcome in the database decides if the reply does not arrive. Null: the client
 * left.
 *
 * @param written reads the outcome from the database; null while the run has not ended
 */
export async function awaitImages(
  answer: AwaitedAnswer,
  written: () => Promise<ImagesOutcome | null>,
): Promise<ImagesOutcome | null> {
  for (;;) {
    const event = await answer.next();
    if (event.type === 'cancelled') return null;
    if (event.type === 'parts') {
      for (const part of event.parts) {
        if (part.type === 'error') return failed(part.error, part.executedModel);
        if (part.type !== 'images') continue;
        const { images, metadata, usage, created = Math.floor(Date.now() / 1000) } = part;
        return succeed({ images, metadata, usage, created });
      }
      continue;
    }
    const outcome = await written();
    if (outcome !== null) return outcome;
    if (event.type === 'lost') return fail({ error: event.error, executedModel: null, goesOn: event.goesOn === true });
  }
}

const failed = (error: ApiError, executedModel: string | null): ImagesOutcome =>
  fail({ error, executedModel, goesOn: false });

const databaseDown = (): ApiError =>
  apiError('OVERLOADED', 'The request cannot be accepted at the moment. Send it again in a few seconds', {
    retryAfterMs: 2_000,
  });

const conflict = (): ApiError =>
  apiError('IDEMPOTENCY_CONFLICT', 'The idempotency key was used for another request within the last 24 hours');

const timedOut = (): ApiError => apiError('TIMEOUT', 'The request exceeded its time limit and was cancelled');
