import { Controller, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { answerGemini } from '../gemini/answer.js';
import { Stage } from '../stage.js';

/** Vertex AI speaks as the Gemini API does, at other addresses: with a project and a location in front, or without. */
@Controller([
  'vertex/publishers/google/models',
  'vertex/projects/:project/locations/:location/publishers/google/models',
])
export class VertexController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  /** @param target `<model>:<method>` */
  @Post(':target')
  generate(@Param('target') target: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => answerGemini(call, this.stage, target));
  }
}
