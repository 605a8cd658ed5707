import { All, Controller, Get, Inject, NotFoundException, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Call } from './calls/call.js';
import { handleCall, providerOfPath } from './calls/handle-call.js';
import { sendAnswer } from './calls/send-answer.js';
import { SandboxContext } from './context.js';
import { sendFile } from './jobs/job-calls.js';
import { findRoute } from './routes.js';

/** The providers' paths and their file host; which path does what is in `routes.ts`. */
@Controller()
export class ProvidersController {
  constructor(@Inject(SandboxContext) private readonly context: SandboxContext) {}

  /** Stands in for the providers' file hosts, which need no key. */
  @Get('files/:name')
  async file(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const id = name.split('.', 1)[0] ?? '';
    const order = this.context.jobs.findFile(id);
    if (order === undefined) {
      void reply.status(404).type('text/plain').send('Not Found');
      return;
    }
    const call = new Call(this.context, order.provider, request, reply, this.context.journal.entryOf(request));
    await sendAnswer(call, reply, await sendFile(call, order));
  }

  @All('*')
  async call(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const provider = providerOfPath(request.url);
    const route = provider === null ? null : findRoute(provider, request.method, request.url);
    if (provider === null || route === null) throw new NotFoundException();
    await handleCall(this.context, provider, request, reply, (call) => route.handler(call, route.params));
  }
}
