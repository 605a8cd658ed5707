import { planChat, type ProviderAvailability } from '@lumenfall/catalog';
import {
  chatBodySchema,
  fail,
  succeed,
  type ChatBody,
  type Plan,
  type RequestContext,
  type Result,
} from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import type { FastifyRequest } from 'fastify';
import type { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import type { OverloadGate } from '../admission/overload.js';
import type { AnswerDesk } from '../answers/answer-desk.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import type { Principal } from '../authentication/principal.js';
import { validationError } from '../errors/validation-error.js';
import type { CatalogSource } from '../models/live-catalog.js';

export interface PlannedChat {
  body: ChatBody;
  plan: Plan;
}

export interface StartedChat extends PlannedChat {
  requestContext: RequestContext;
  answer: AwaitedAnswer;
}

export interface ChatsDependencies {
  catalog: CatalogSource;
  available: ProviderAvailability[];
  credit: CreditGate;
  overload: OverloadGate;
  desk: AnswerDesk;
  log: Logger;
}

/** From a body to a chat that a worker has in hand. */
export class Chats {
  constructor(private readonly parts: ChatsDependencies) {}

  /** `exact` counts the prompt's tokens, for a dry run. Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`, `UNPRICED_MODEL`. */
  async plan(json: unknown, principal: Principal, options: { exact: boolean }): Promise<Result<PlannedChat>> {
    const parsed = chatBodySchema.safeParse(json);
    if (!parsed.success) return fail(validationError(parsed.error));
    const { catalog, available } = this.parts;
    const plan = await planChat(catalog.current(), { available, rules: principal.rules }, parsed.data, options);
    return plan.ok ? succeed({ body: parsed.data, plan: plan.value }) : plan;
  }

  /** After this the request is the worker's to end and to record. Errors: `OVERLOADED`, `INSUFFICIENT_BALANCE`. */
  async start(request: FastifyRequest, principal: Principal, planned: PlannedChat): Promise<Result<StartedChat>> {
    const { body, plan } = planned;
    const room = await this.parts.overload.check('chat');
    if (!room.ok) return room;
    const requestContext = requestContextOf(request, principal, {
      modality: 'text',
      model: body.model,
      user: body.user ?? null,
    });
    const deadline = this.parts.desk.deadlineOf('chat.complete');
    const { requestId, organizationId } = requestContext;
    const credit = await this.parts.credit.admitChat({ requestId, organizationId, plan, deadline });
    if (!credit.ok) return credit;
    const answer = await this.parts.desk.begin('chat.complete', { requestContext, plan, body, deadline });
    if (!answer.ok) {
      if (credit.value) await this.parts.credit.release(requestId);
      return answer;
    }
    request.accepted = true;
    return succeed({ ...planned, requestContext, answer: answer.value });
  }

  /** The client has its answer, or is gone. */
  async leave(chat: StartedChat): Promise<void> {
    try {
      await chat.answer.leave();
    } catch (error) {
      this.parts.log.warn({ err: error, requestId: chat.requestContext.requestId }, 'a chat could not be cancelled');
    }
  }
}
