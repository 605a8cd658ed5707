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
import { LOG, validationError, type Logger } from '@lumenfall/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdmissionGate } from '../admission/admission-gate.js';
import { CreditGate } from '../admission/credit.js';
import { requestContextOf } from '../admission/request-context.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import { AwaitedJobs } from '../answers/awaited-jobs.js';
import type { Principal } from '../authentication/principal.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { planningContextOf } from '../models/planning-context.js';
import { AVAILABLE_PROVIDERS, CATALOG } from '../tokens.js';

export interface PlannedChat {
  body: ChatBody;
  plan: Plan;
}

export interface StartedChat extends PlannedChat {
  requestContext: RequestContext;
  answer: AwaitedAnswer;
}

/** Plans a chat from its body, and starts it as a job. */
@Injectable()
export class Chats {
  constructor(
    @Inject(CATALOG) private readonly catalog: CatalogSource,
    @Inject(AVAILABLE_PROVIDERS) private readonly available: ProviderAvailability[],
    @Inject(CreditGate) private readonly credit: CreditGate,
    @Inject(AdmissionGate) private readonly gate: AdmissionGate,
    @Inject(AwaitedJobs) private readonly jobs: AwaitedJobs,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /**
   * `exact` counts the prompt's tokens, for a dry run. Errors: `INVALID_REQUEST`, `MODEL_NOT_FOUND`, `MODEL_DISABLED`,
   * `UNPRICED_MODEL`.
   */
  async plan(json: unknown, principal: Principal, options: { exact: boolean }): Promise<Result<PlannedChat>> {
    const parsed = chatBodySchema.safeParse(json);
    if (!parsed.success) return fail(validationError(parsed.error));
    const context = planningContextOf(principal, this.available);
    const plan = await planChat(this.catalog.current(), context, parsed.data, options);
    return plan.ok ? succeed({ body: parsed.data, plan: plan.value }) : plan;
  }

  /** From here on the worker ends and records the request. Errors: those of `AdmissionGate`, `INSUFFICIENT_BALANCE`. */
  async start(request: FastifyRequest, principal: Principal, planned: PlannedChat): Promise<Result<StartedChat>> {
    const { body, plan } = planned;
    const deadline = this.jobs.deadlineOf('chat.complete');
    const admitted = await this.gate.admit(request, { queue: 'chat', plan, deadline });
    if (!admitted.ok) return admitted;
    const requestContext = requestContextOf(request, principal, {
      modality: 'text',
      model: body.model,
      user: body.user ?? null,
    });
    const { requestId, organizationId } = requestContext;
    const credit = await this.credit.admitChat({ requestId, organizationId, modality: 'text', plan, deadline });
    if (!credit.ok) return credit;
    const job = { requestContext, plan, body, deadline };
    const answer = await credit.value.handOver(() => this.jobs.start('chat.complete', job, request));
    if (!answer.ok) return answer;
    request.accepted = true;
    return succeed({ ...planned, requestContext, answer: answer.value });
  }

  /** Ends the wait: the client has its answer, or left. Cancels a job that has not finished. */
  async leave(chat: StartedChat): Promise<void> {
    try {
      await chat.answer.leave();
    } catch (error) {
      this.log.warn({ err: error, requestId: chat.requestContext.requestId }, 'a chat could not be cancelled');
    }
  }
}
