import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '@lumenfall/service-kit';
import { json, type JsonAnswer } from './calls/answer.js';
import { providerOfPath } from './calls/handle-call.js';
import { refusalForms } from './calls/refusal-forms.js';
import { openaiRefusals } from './openai/refusals.js';

/** Answers errors outside a protocol (unknown path, broken JSON, a bug) in the error form of the provider addressed. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: Pick<Logger, 'error'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const status = statusOf(error);
    if (status >= 500) this.log.error({ err: error, path: request.url.split('?', 1)[0] }, 'a call failed');
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    const { status: code, text } = answerTo(request, status, error instanceof Error ? error.message : '');
    void reply.status(code).type('application/json; charset=utf-8').send(text);
  }
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500;
}

function answerTo(request: FastifyRequest, status: number, message: string): JsonAnswer {
  const provider = providerOfPath(request.url);
  const refuse = provider === null ? openaiRefusals : refusalForms[provider];
  if (status === 404) return refuse.notFound(`${request.method} ${request.url.split('?', 1)[0] ?? ''}`);
  if (status >= 500) return refuse.failure(status, null);
  const refusal = refuse.invalid(message, null);
  return status === 400 ? refusal : json(status, JSON.parse(refusal.text));
}
