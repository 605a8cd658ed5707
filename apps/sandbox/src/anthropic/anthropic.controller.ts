import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { json } from '../exchange/answer.js';
import { perform, plainly } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { answerMessages } from './answer.js';

const MODELS = [
  { type: 'model', id: 'claude-haiku-4-5', display_name: 'Claude Haiku 4.5', created_at: '2025-10-15T00:00:00Z' },
];

@Controller('anthropic')
export class AnthropicController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Post('messages')
  create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => answerMessages(call, this.stage));
  }

  @Get('models')
  models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => {
      call.note({ operation: 'models' });
      return plainly(json(200, { data: MODELS, has_more: false, first_id: MODELS[0]?.id, last_id: MODELS.at(-1)?.id }));
    });
  }
}
