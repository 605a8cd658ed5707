import { Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { Stage } from '../stage.js';
import { BflTasks } from './tasks.js';

@Controller('bfl')
export class BflController {
  readonly #tasks: BflTasks;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    this.#tasks = new BflTasks(stage);
  }

  @Post(':model')
  submit(@Param('model') model: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#tasks.submit(call, model));
  }

  @Get('get_result')
  ask(@Query('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#tasks.ask(call, id));
  }
}
