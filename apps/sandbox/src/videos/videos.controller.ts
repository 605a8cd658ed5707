import { Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { perform } from '../exchange/perform.js';
import { readForm } from '../exchange/read-form.js';
import { Stage } from '../stage.js';
import { VideoDesk } from './answer.js';

@Controller(['openai/videos', 'openai-compatible/videos'])
export class VideosController {
  readonly #desk: VideoDesk;

  constructor(@Inject(Stage) private readonly stage: Stage) {
    this.#desk = new VideoDesk(stage);
  }

  @Post()
  submit(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, async (call) => this.#desk.submit(call, await readForm(request)));
  }

  @Get()
  list(
    @Query('limit') limit: string | undefined,
    @Query('after') after: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const query = { limit: Math.min(100, Math.max(1, Number(limit) || 20)), after: after ?? null };
    return perform(this.stage, request, reply, async (call) => this.#desk.list(call, query));
  }

  @Get(':id')
  poll(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#desk.poll(call, id));
  }

  @Get(':id/content')
  content(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#desk.content(call, id));
  }

  @Delete(':id')
  remove(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return perform(this.stage, request, reply, (call) => this.#desk.remove(call, id));
  }
}
