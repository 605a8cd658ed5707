import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { readForm } from '../exchange/read-form.js';
import { Stage } from '../stage.js';
import { answerImages } from './answer.js';

@Controller(['openai/images', 'openai-compatible/images'])
export class ImagesController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Post(['generations', 'edits'])
  make(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, async (call) => answerImages(call, this.stage, await readForm(request)));
  }
}
