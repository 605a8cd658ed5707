import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { behaviourOf } from '../exchange/behaviour-of.js';
import { Call } from '../exchange/call.js';
import { obey } from '../exchange/obey.js';
import { sendAnswer } from '../exchange/send-answer.js';
import { Stage } from '../stage.js';

/** Stands in for the providers' file hosts: anybody who knows an address gets the file. */
@Controller('files')
export class FilesController {
  constructor(@Inject(Stage) private readonly stage: Stage) {}

  @Get(':name')
  async file(@Param('name') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const job = this.stage.jobs.find(name.split('.', 1)[0] ?? '');
    const entry = this.stage.journal.entryOf(request);
    if (job === undefined || entry === undefined) {
      void reply.status(404).type('text/plain').send('Not Found');
      return;
    }
    const { provider, model, prompt } = job.order;
    const call = new Call(provider, request, reply, entry);
    call.note({ operation: 'file', prompt, model });
    const behaviour = behaviourOf(call, this.stage, prompt, 'file');
    const refusal = await obey(call, behaviour);
    const answer = refusal ?? { kind: 'bytes' as const, ...(await job.order.make()) };
    await sendAnswer(call, reply, answer, behaviour.cut);
  }
}
