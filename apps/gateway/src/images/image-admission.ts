import { RETENTION_MS, succeed, type RequestContext, type Result } from '@lumenfall/contracts';
import type { NewImageRun } from '@lumenfall/image-runs';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { AdmissionGate } from '../admission/admission-gate.js';
import type { CreditGate } from '../admission/credit.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import { requestContextOf } from '../admission/request-context.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { AwaitedJobs } from '../answers/awaited-jobs.js';
import type { Principal } from '../authentication/principal.js';
import { awaitImages, type IdempotentReplay, type ImagesOutcome } from './idempotent-replay.js';
import type { PlannedImages } from './image-planner.js';

/** OpenAI's SDKs send it with every attempt, 0 with the first: they retry after a broken connection. */
const RETRY_HEADER = 'x-stainless-retry-count';

export interface PendingImages {
  /** The request that generates them; for a repeat, the request that it repeats. */
  requestId: string;
  /** Null: the client left. */
  outcome: Promise<ImagesOutcome | null>;
  /** Ends the wait. Cancels the job if it has not ended. */
  close(): void;
}

export interface ImagesDependencies {
  credit: CreditGate;
  gate: AdmissionGate;
  jobs: AwaitedJobs;
  replay: IdempotentReplay;
  log: Logger;
}

/**
 * What becomes of the job when its client leaves. `continue`: an idempotency key promises the images to a repeat.
 * `linger`: it continues for a moment, because the client may retry. `cancel`: it is cancelled at once.
 */
type OnDeparture = 'continue' | 'linger' | 'cancel';

interface Admission {
  requestContext: RequestContext;
  planned: PlannedImages;
  keepMs: number;
  /** Unix ms. */
  deadline: number;
  onDeparture: OnDeparture;
}

/** Admits image requests: row, hold, job, in this order. */
export class Images {
  constructor(private readonly parts: ImagesDependencies) {}

  /**
   * Starts the images of a plan, or joins the request that this one repeats. From then on the worker ends and records
   * the request. Errors: those of `AdmissionGate`, `INSUFFICIENT_BALANCE`, `IDEMPOTENCY_CONFLICT`, `INVALID_REQUEST`
   * for a malformed idempotency key.
   *
   * @param departed aborted when the client leaves
   */
  async start(
    request: FastifyRequest,
    principal: Principal,
    planned: PlannedImages,
    departed: AbortSignal,
  ): Promise<Result<PendingImages>> {
    const { body, digests } = planned;
    const key = idempotencyKeyOf(body, request.headers['idempotency-key']);
    if (!key.ok) return key;
    const requestContext = requestContextOf(request, principal, {
      modality: 'image',
      model: body.model,
      user: body.user ?? null,
    });
    const { requestId, organizationId, keyId } = requestContext;
    const deadline = this.parts.jobs.deadlineOf('image.generate');
    const run: NewImageRun = {
      requestId,
      organizationId,
      keyId,
      idempotencyKey: key.value,
      bodyHash: bodyHashOf({ ...body, mode: planned.request.mode, digests }),
      deadline: new Date(deadline),
    };
    const tries = request.headers[RETRY_HEADER];
    const begun = await this.parts.replay.begin(run, { repeated: Number(tries) > 0, departed });
    if (!begun.ok) return begun;
    if (begun.value !== null) {
      // The request that it repeats is recorded; a replay is not.
      request.accepted = true;
      const { requestId: earlier, outcome } = begun.value;
      return succeed({ requestId: earlier, outcome: Promise.resolve(outcome), close: () => undefined });
    }
    const onDeparture = key.value !== null ? 'continue' : tries === undefined ? 'cancel' : 'linger';
    const keepMs = RETENTION_MS[principal.mediaRetention];
    const answer = await this.#enqueue(request, { requestContext, planned, keepMs, deadline, onDeparture });
    if (!answer.ok) {
      await this.parts.replay.withdraw(requestId);
      return answer;
    }
    request.accepted = true;
    const pending = this.#pending(requestId, answer.value, onDeparture, departed);
    request.limits?.keepUntil(pending.outcome);
    return succeed(pending);
  }

  async #enqueue(
    http: FastifyRequest,
    { requestContext, planned: { plan, request }, keepMs, deadline, onDeparture }: Admission,
  ): Promise<Result<AwaitedAnswer>> {
    const admitted = await this.parts.gate.admit(http, { queue: 'image', plan, deadline });
    if (!admitted.ok) return admitted;
    const { requestId, organizationId } = requestContext;
    const held = await this.parts.credit.hold({ requestId, organizationId, modality: 'image', plan, deadline });
    if (!held.ok) return held;
    const job = { requestContext, plan, request, keepMs, deadline };
    const outlivesWait = onDeparture !== 'cancel';
    return held.value.handOver(() => this.parts.jobs.start('image.generate', job, http, { outlivesWait }));
  }

  #pending(requestId: string, answer: AwaitedAnswer, onDeparture: OnDeparture, departed: AbortSignal): PendingImages {
    const { replay } = this.parts;
    const ended = new AbortController();
    const outcome = awaitImages(answer, () => replay.outcomeOf(requestId)).finally(() => ended.abort());
    const close = (): void => void this.#leave(requestId, answer, ended.signal);
    const depart = async (): Promise<void> => {
      if (onDeparture === 'continue') return;
      if (onDeparture === 'linger') await replay.untilUnwanted(requestId, ended.signal);
      close();
    };
    if (departed.aborted) void depart();
    else departed.addEventListener('abort', () => void depart(), { once: true });
    return { requestId, outcome, close };
  }

  /** Cancels a job that has not ended, and withdraws its row. */
  async #leave(requestId: string, answer: AwaitedAnswer, ended: AbortSignal): Promise<void> {
    try {
      const isRunning = !ended.aborted;
      await answer.leave();
      if (isRunning) await this.parts.replay.withdraw(requestId);
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'an image job was not cancelled');
    }
  }
}
