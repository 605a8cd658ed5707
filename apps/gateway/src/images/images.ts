import { RETENTION_MS, succeed, type RequestFacts, type Result } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestFacts } from '../admission/facts.js';
import type { OverloadGate } from '../admission/overload.js';
import type { AnswerDesk } from '../answers/answer-desk.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { Principal } from '../authentication/principal.js';
import type { PlannedImages } from './image-planner.js';

export interface StartedImages extends PlannedImages {
  facts: RequestFacts;
  answer: AwaitedAnswer;
}

export interface ImagesDependencies {
  credit: CreditGate;
  overload: OverloadGate;
  desk: AnswerDesk;
  log: Logger;
}

/** From a plan to images that a worker is making. */
export class Images {
  constructor(private readonly parts: ImagesDependencies) {}

  /** After this the request is the worker's to end and to record. Errors: `OVERLOADED`, `INSUFFICIENT_BALANCE`. */
  async start(request: FastifyRequest, principal: Principal, planned: PlannedImages): Promise<Result<StartedImages>> {
    const { body, plan } = planned;
    const room = await this.parts.overload.check('image');
    if (!room.ok) return room;
    const facts = requestFacts(request, principal, { modality: 'image', model: body.model, user: body.user ?? null });
    const deadline = this.parts.desk.deadlineOf('image.generate');
    const { requestId, organizationId } = facts;
    const held = await this.parts.credit.hold({ requestId, organizationId, plan, deadline });
    if (!held.ok) return held;
    const answer = await this.parts.desk.begin('image.generate', {
      facts,
      plan,
      request: planned.request,
      keepMs: RETENTION_MS[principal.mediaRetention],
      deadline,
    });
    if (!answer.ok) {
      await this.parts.credit.release(requestId);
      return answer;
    }
    request.accepted = true;
    return succeed({ ...planned, facts, answer: answer.value });
  }

  /** The client has its answer, or is gone. */
  async leave(images: StartedImages): Promise<void> {
    try {
      await images.answer.leave();
    } catch (error) {
      this.parts.log.warn({ err: error, requestId: images.facts.requestId }, 'an image request could not be cancelled');
    }
  }
}
