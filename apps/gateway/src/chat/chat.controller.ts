import type { BillingClient } from '@lumenfall/billing-client';
import { chatIdOf } from '@lumenfall/contracts';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isDryRun } from '../admission/admission.guard.js';
import { PayloadLog } from '../admission/payload-log.js';
import { requireJson } from '../admission/request-body.js';
import { nameRoute, providerOf } from '../admission/response-headers.js';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';
import { onDeparture } from '../answers/awaited-jobs.js';
import { principalOf } from '../authentication/authentication.guard.js';
import { BILLING } from '../tokens.js';
import { asksForUsage } from './chat-events.js';
import { Chats, type StartedChat } from './chats.js';
import { EventStream } from './event-stream.js';
import { wholeChat, type ChatFailure } from './fold-chunks.js';
import { KeptAnswer } from './kept-answer.js';
import { streamChat } from './streamed-chat.js';

type Parts = Pick<AwaitedAnswer, 'next'>;

@Controller(['openai/v1/chat', 'v1/chat'])
export class ChatController {
  constructor(
    @Inject(Chats) private readonly chats: Chats,
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(PayloadLog) private readonly payloads: PayloadLog,
  ) {}

  @Post('completions')
  @HttpCode(200)
  async complete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const dryRun = isDryRun(request.query);
    const principal = principalOf(request);
    const planned = unwrap(await this.chats.plan(requireJson(request), principal, { exact: dryRun }));
    nameRoute(reply, { model: planned.plan.model });
    if (dryRun) {
      nameRoute(reply, { provider: planned.plan.route[0]?.provider ?? null });
      void reply.send(unwrap(await this.billing.estimate(planned.plan)));
      return;
    }
    const chat = unwrap(await this.chats.start(request, principal, planned));
    onDeparture(reply, () => void this.chats.leave(chat));
    const { requestId } = chat.requestContext;
    const keeps = await this.payloads.keepRequest(principal, requestId, planned.body);
    const kept = keeps ? new KeptAnswer(chat.answer, identityOf(chat)) : null;
    try {
      if (planned.body.stream === true) await this.stream(chat, kept ?? chat.answer, reply);
      else await this.answer(chat, kept ?? chat.answer, reply);
    } finally {
      void this.chats.leave(chat);
      if (kept !== null) await this.payloads.keepResponse(requestId, kept.body());
    }
  }

  private async answer(chat: StartedChat, answer: Parts, reply: FastifyReply): Promise<void> {
    const result = await wholeChat(answer, identityOf(chat));
    if (result === null) return void reply.hijack();
    if (!result.ok) throw failureOf(result.error, reply);
    nameRoute(reply, { provider: result.value.metadata.provider });
    void reply.send(result.value);
  }

  private async stream(chat: StartedChat, answer: Parts, reply: FastifyReply): Promise<void> {
    // A keep-alive may send the headers before the first part: then the provider is known only if there is a single
    // candidate.
    const [only, other] = chat.plan.route;
    if (only !== undefined && other === undefined) nameRoute(reply, { provider: only.provider });
    const options = {
      identity: identityOf(chat),
      withUsage: asksForUsage(chat.body),
      onProvider: (provider: string): void => nameRoute(reply, { provider }),
    };
    const result = await streamChat(answer, new EventStream(reply), options);
    if (!result.ok) throw failureOf(result.error, reply);
    if (!reply.sent) reply.hijack(); // The client left before the first part.
  }
}

function identityOf(chat: StartedChat): { id: string; created: number; model: string } {
  const { requestId, createdAt } = chat.requestContext;
  return { id: chatIdOf(requestId), created: Math.floor(Date.parse(createdAt) / 1000), model: chat.plan.model };
}

function failureOf(failure: ChatFailure, reply: FastifyReply): ApiFailure {
  nameRoute(reply, { provider: providerOf(failure.executedModel) });
  return new ApiFailure(failure.error, true);
}
