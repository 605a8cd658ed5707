import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { answerGemini } from './answer.js';

@Controller('gemini/models')
export class GeminiController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  /** @param target `<model>:<method>` */
  @Post(':target')
  generate(@Param('target') target: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => answerGemini(call, this.stage, target));
  }
}
