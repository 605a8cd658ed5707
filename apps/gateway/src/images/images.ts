import { RETENTION_MS, succeed, type RequestFacts, type Result } from '@lumenfall/contracts';
import type { ImageRunAnswer } from '@lumenfall/database';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestFacts } from '../admission/facts.js';
import { bodyHashOf, idempotencyKeyOf } from '../admission/idempotency.js';
import type { OverloadGate } from '../admission/overload.js';
import type { AnswerDesk } from '../answers/answer-desk.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { Principal } from '../authentication/principal.js';
import { finishedImages, type ImagesFailure } from './finished-images.js';
import type { PlannedImages } from './image-planner.js';
import type { FollowedEnd, Repeats } from './repeats.js';

/** Sent by OpenAI's SDKs with every try, 0 with the first. Who sends it comes again when the connection breaks. */
const RETRY_HEADER = 'x-stainless-retry-count';

/** How a request's images ended; null: nobody waits for them. */
export type ImagesEnd = Result<ImageRunAnswer, ImagesFailure> | null;

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
  facts: RequestFacts;
  planned: PlannedImages;
  keepMs: number;
  /** Unix ms */
  deadline: number;
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
    const facts = requestFacts(request, principal, { modality: 'image', model: body.model, user: body.user ?? null });
    const deadline = this.parts.desk.deadlineOf('image.generate');
    const { requestId, organizationId, keyId } = facts;
    const bodyHash = bodyHashOf({ ...body, mode: planned.request.mode, digests });
    const tries = request.headers[RETRY_HEADER];
    const run = { requestId, organizationId, keyId, idempotencyKey: key.value, bodyHash, deadline: new Date(deadline) };
    for (;;) {
      const begun = await this.parts.repeats.begin(run, { repeated: Number(tries) > 0 });
      if (!begun.ok) return begun;
      if (begun.value === null) break;
      const end = await this.parts.repeats.follow(begun.value, deadline, departed);
      if (end !== 'again') return succeed(followed(request, begun.value.requestId, end));
    }
    const keepMs = RETENTION_MS[principal.mediaRetention];
    const answer = await this.#begin({ facts, planned, keepMs, deadline });
    if (!answer.ok) {
      await this.parts.repeats.ended(requestId, null);
      return answer;
    }
    request.accepted = true;
    const promised = key.value !== null;
    const manner = { promised, comesAgain: promised || tries !== undefined };
    return succeed(this.#pending(requestId, answer.value, manner, departed));
  }

  async #begin({ facts, planned, keepMs, deadline }: Admission): Promise<Result<AwaitedAnswer>> {
    const room = await this.parts.overload.check('image');
    if (!room.ok) return room;
    const { plan, request } = planned;
    const { requestId, organizationId } = facts;
    const held = await this.parts.credit.hold({ requestId, organizationId, plan, deadline });
    if (!held.ok) return held;
    const answer = await this.parts.desk.begin('image.generate', { facts, plan, request, keepMs, deadline });
    if (!answer.ok) await this.parts.credit.release(requestId);
    return answer;
  }

  #pending(
    requestId: string,
    answer: AwaitedAnswer,
    { promised, comesAgain }: { promised: boolean; comesAgain: boolean },
    departed: AbortSignal,
  ): PendingImages {
    const { repeats } = this.parts;
    const ended = new AbortController();
    const end = finishedImages(answer).then(async (images): Promise<ImagesEnd> => {
      ended.abort();
      const created = Math.floor(Date.now() / 1000);
      const result = images?.ok ? succeed({ ...images.value, created }) : images;
      const kept = repeats.ended(requestId, result);
      // What a key promises is kept before the answer leaves; without one nobody waits for it.
      if (promised) await kept;
      return result;
    });
    const leave = (): void => void this.#leave(requestId, answer);
    const depart = async (): Promise<void> => {
      if (comesAgain) await repeats.untilUnwanted(requestId, ended.signal);
      leave();
    };
    if (departed.aborted) void depart();
    else departed.addEventListener('abort', () => void depart(), { once: true });
    return { requestId, end, close: leave };
  }

  async #leave(requestId: string, answer: AwaitedAnswer): Promise<void> {
    try {
      await answer.leave();
    } catch (error) {
      this.parts.log.warn({ err: error, requestId }, 'an image request could not be cancelled');
    }
  }
}

/** A repeat has no end of its own to record. */
function followed(request: FastifyRequest, requestId: string, end: Exclude<FollowedEnd, 'again'>): PendingImages {
  request.accepted = true;
  return { requestId, end: Promise.resolve(end), close: () => undefined };
}
