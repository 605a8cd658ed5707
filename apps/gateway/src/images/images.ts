import { RETENTION_MS, succeed, type RequestContext, type Result } from '@lumenfall/contracts';
import type { NewImageRun } from '@lumenfall/database';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import type { OverloadGate } from '../admission/overload.js';
import type { AnswerDesk } from '../answers/answer-desk.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { Principal } from '../authentication/principal.js';
import { finishedImages, type FinishedImages } from './finished-images.js';
import type { PlannedImages } from './image-planner.js';
import type { Repeats } from './repeats.js';

/** Sent by OpenAI's SDKs with every try, 0 with the first. Who sends it comes again when the connection breaks. */
const RETRY_HEADER = 'x-stainless-retry-count';

/** How a request's images ended; null: nobody waits for them. */
export type ImagesEnd = FinishedImages | null;

export interface PendingImages {
  /** The request that makes them: of a repeat, the one that it repeats. */
  requestId: string;
  end: Promise<ImagesEnd>;
  /** Done with them: work that has not ended is told to stop. */
  close(): void;
}

export interface ImagesDependencies {
  credit: CreditGate;
  overload: OverloadGate;
  desk: AnswerDesk;
  repeats: Repeats;
  log: Logger;
}

interface Admission {
  requestContext: RequestContext;
  planned: PlannedImages;
  keepMs: number;
  /** Unix ms */
  deadline: number;
  manner: Manner;
  run: NewImageRun;
  /** Whether the run has its row; null: it is to be written. */
  written: boolean | null;
}

interface Manner {
  /** An idempotency key promises the images to whoever comes with it: they are made, whether their client stays or not. */
  promised: boolean;
  /** The client will ask again where its connection broke. */
  comesAgain: boolean;
}

/** From a plan to images that a worker is making. */
export class Images {
  constructor(private readonly parts: ImagesDependencies) {}

  /**
   * The images of a plan, or of the request that this one repeats. A request that was begun is the worker's to end and to
   * record. Errors: `OVERLOADED`, `INSUFFICIENT_BALANCE`, `IDEMPOTENCY_CONFLICT`, `INVALID_REQUEST` for an idempotency key that cannot be.
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
    const deadline = this.parts.desk.deadlineOf('image.generate');
    const { requestId, organizationId, keyId } = requestContext;
    const bodyHash = bodyHashOf({ ...body, mode: planned.request.mode, digests });
    const tries = request.headers[RETRY_HEADER];
    const run = { requestId, organizationId, keyId, idempotencyKey: key.value, bodyHash, deadline: new Date(deadline) };
    const repeated = Number(tries) > 0;
    const promised = key.value !== null;
    // What repeats nothing can be written down while its credit is asked for.
    let written: boolean | null = null;
    if (promised || repeated) {
      const found = await this.#find(run, { repeated, deadline, departed });
      if (!found.ok) return found;
      if ('end' in found.value) {
        // A repeat has no end of its own to record.
        request.accepted = true;
        return succeed(found.value);
      }
      written = found.value.kept;
    }
    const manner = { promised, comesAgain: promised || tries !== undefined };
    const keepMs = RETENTION_MS[principal.mediaRetention];
    const answer = await this.#begin({ requestContext, planned, keepMs, deadline, manner, run, written });
    if (!answer.ok) {
      await this.parts.repeats.withdraw(requestId);
      return answer;
    }
    request.accepted = true;
    return succeed(this.#pending(requestId, answer.value, manner, departed));
  }

  /** The run that this one repeats, followed to its end; otherwise its own, which is written then. */
  async #find(
    run: NewImageRun,
    { repeated, deadline, departed }: { repeated: boolean; deadline: number; departed: AbortSignal },
  ): Promise<Result<PendingImages | { kept: boolean }>> {
    for (;;) {
      const begun = await this.parts.repeats.begin(run, { repeated });
      if (!begun.ok) return begun;
      if (begun.value.repeats === null) return succeed({ kept: begun.value.kept });
      const { requestId } = begun.value.repeats;
      const end = await this.parts.repeats.follow(begun.value.repeats, deadline, departed);
      if (end !== 'again') return succeed({ requestId, end: Promise.resolve(end), close: () => undefined });
    }
  }

  async #begin({
    requestContext,
    planned,
    keepMs,
    deadline,
    manner,
    ...of
  }: Admission): Promise<Result<AwaitedAnswer>> {
    const room = await this.parts.overload.check('image');
    if (!room.ok) return room;
    const { plan, request } = planned;
    const { requestId, organizationId } = requestContext;
    const [kept, held] = await Promise.all([
      of.written ?? this.#write(of.run),
      this.parts.credit.hold({ requestId, organizationId, plan, deadline }),
    ]);
    if (!held.ok) return held;
    const job = { requestContext, plan, request, keepMs, deadline, kept };
    const answer = await this.parts.desk.begin('image.generate', job, { outlivesWait: kept && manner.comesAgain });
    if (!answer.ok) await this.parts.credit.release(requestId);
    return answer;
  }

  async #write(run: NewImageRun): Promise<boolean> {
    const begun = await this.parts.repeats.begin(run, { repeated: false });
    return begun.ok && begun.value.repeats === null && begun.value.kept;
  }

  #pending(
    requestId: string,
    answer: AwaitedAnswer,
    { promised, comesAgain }: Manner,
    departed: AbortSignal,
  ): PendingImages {
    const { repeats } = this.parts;
    const ended = new AbortController();
    const end = finishedImages(answer, () => repeats.endOf(requestId)).finally(() => ended.abort());
    const leave = (): void => void this.#leave(requestId, answer, ended.signal);
    const depart = async (): Promise<void> => {
      if (promised) return;
      if (comesAgain) await repeats.untilUnwanted(requestId, ended.signal);
      leave();
    };
    if (departed.aborted) void depart();
    else departed.addEventListener('abort', () => void depart(), { once: true });
    return { requestId, end, close: leave };
  }

  /** Work that has not ended is told to stop, and a repeat does not wait for what was told so. */
  async #leave(requestId: string, answer: AwaitedAnswer, ended: AbortSignal): Promise<void> {
    try {
      const stops = !ended.aborted;
      await answer.leave();
      if (stops) await this.parts.repeats.withdraw(requestId);
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'an image request could not be cancelled');
    }
  }
}
