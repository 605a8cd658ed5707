import { Controller, Get, Inject, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform, plainly, type Performance } from '../exchange/perform.js';
import type { Call } from '../exchange/call.js';
import { Stage } from '../stage.js';
import { FalQueue } from './answer.js';

/** An app's path has any number of segments, so paths are read here rather than by the router. */
@Controller('fal')
export class FalController {
  readonly #queue: FalQueue;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    this.#queue = new FalQueue(stage);
  }

  @Post('*')
  submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#queue.submit(call, falPath(request)));
  }

  @Get('*')
  ask(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#forRequest(call));
  }

  @Put('*')
  cancel(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#forRequest(call));
  }

  #forRequest(call: Call): Performance | Promise<Performance> {
    const match = /^[^/]+\/[^/]+\/requests\/([^/]+)(?:\/(status|cancel))?$/.exec(falPath(call.request));
    const id = match?.[1];
    if (id === undefined) return plainly(call.refuse.notFound(`Path ${falPath(call.request)}`));
    const cancels = call.request.method === 'PUT';
    if (cancels !== (match?.[2] === 'cancel')) return plainly(call.refuse.notFound(`Path ${falPath(call.request)}`));
    if (cancels) return this.#queue.cancel(call, id);
    return match?.[2] === 'status' ? this.#queue.status(call, id) : this.#queue.result(call, id);
  }
}

const falPath = (request: FastifyRequest): string => (request.url.split('?', 1)[0] ?? '').replace(/^\/fal\//, '');
