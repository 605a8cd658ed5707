import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform, plainly } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { FireworksWorkflows } from './workflows.js';

/** A model's name has any number of segments, so paths are read here rather than by the router. */
@Controller('fireworks/workflows')
export class FireworksController {
  readonly #workflows: FireworksWorkflows;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    this.#workflows = new FireworksWorkflows(stage);
  }

  @Post('*')
  run(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => {
      const path = (request.url.split('?', 1)[0] ?? '').replace(/^\/fireworks\/workflows\//, '');
      const match = /^(accounts\/[^/]+\/models\/[^/]+)(?:\/(text_to_image|get_result))?$/.exec(path);
      const model = match?.[1];
      if (model === undefined) return plainly(call.refuse.notFound(`Path ${path}`));
      if (match?.[2] === 'get_result') return this.#workflows.ask(call);
      return match?.[2] === 'text_to_image' ? this.#workflows.atOnce(call, model) : this.#workflows.submit(call, model);
    });
  }
}
