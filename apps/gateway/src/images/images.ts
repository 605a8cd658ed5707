import { planImage, type ProviderAvailability } from '@lumenfall/catalog';
import {
  fail,
  imageBodySchema,
  succeed,
  type ImageBody,
  type ImageRequest,
  type Plan,
  type RequestFacts,
  type Result,
} from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestFacts } from '../admission/facts.js';
import type { OverloadGate } from '../admission/overload.js';
import type { AnswerDesk } from '../answers/answer-desk.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { Principal } from '../authentication/principal.js';
import { validationError } from '../errors/validation-error.js';
import type { CatalogSource } from '../models/live-catalog.js';

export interface PlannedImages {
  body: ImageBody;
  plan: Plan;
  request: ImageRequest;
}

export interface StartedImages extends PlannedImages {
  facts: RequestFacts;
  answer: AwaitedAnswer;
}

export interface ImagesDependencies {
  catalog: CatalogSource;
  available: ProviderAvailability[];
  credit: CreditGate;
  overload: OverloadGate;
  desk: AnswerDesk;
  log: Logger;
}

/** From a body to images that a worker is making. */
export class Images {
  constructor(private readonly parts: ImagesDependencies) {}

  /** Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`, `UNPRICED_MODEL`. */
  async plan(json: unknown, principal: Principal): Promise<Result<PlannedImages>> {
    const parsed = imageBodySchema.safeParse(json);
    if (!parsed.success) return fail(validationError(parsed.error));
    const { catalog, available } = this.parts;
    const planned = await planImage(catalog.current(), { available, rules: principal.rules }, parsed.data);
    return planned.ok ? succeed({ body: parsed.data, ...planned.value }) : planned;
  }

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
    const answer = await this.parts.desk.begin('image.generate', { facts, plan, request: planned.request, deadline });
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
