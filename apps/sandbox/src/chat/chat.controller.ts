import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform, plainly } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { answerChat } from './answer.js';
import { modelList } from './models.js';

@Controller(['openrouter', 'openai', 'openai-compatible'])
export class ChatController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Post('chat/completions')
  complete(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => answerChat(call, this.stage));
  }

  @Get('models')
  models(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => {
      call.note({ operation: 'models' });
      return plainly(modelList(call.provider));
    });
  }
}
