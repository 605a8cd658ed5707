import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { ReplicatePredictions } from './predictions.js';

@Controller('replicate')
export class ReplicateController {
  readonly #predictions: ReplicatePredictions;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    this.#predictions = new ReplicatePredictions(stage);
  }

  @Post('models/:owner/:name/predictions')
  ofModel(
    @Param('owner') owner: string,
    @Param('name') name: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#predictions.create(call, `${owner}/${name}`));
  }

  /** Of a version of a community's model. */
  @Post('predictions')
  ofVersion(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#predictions.create(call, null));
  }

  /** The newest first, all on one page. */
  @Get('predictions')
  list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#predictions.list(call));
  }

  @Get('predictions/:id')
  ask(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#predictions.ask(call, id));
  }

  @Post('predictions/:id/cancel')
  cancel(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#predictions.cancel(call, id));
  }
}
