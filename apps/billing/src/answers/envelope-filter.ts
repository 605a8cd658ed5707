import { apiError, errorEnvelope, httpStatusOf, type ApiError } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure } from './failure.js';

/** Every failure leaves in the one envelope. */
@Catch()
export class EnvelopeFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const error = this.errorOf(exception);
    void host.switchToHttp().getResponse<FastifyReply>().status(httpStatusOf(error)).send(errorEnvelope(error));
  }

  private errorOf(exception: unknown): ApiError {
    if (exception instanceof Failure) return exception.error;
    const status = statusOf(exception);
    if (status === 404) return apiError('NOT_FOUND', 'There is nothing at this address.');
    if (status === 413) return apiError('PAYLOAD_TOO_LARGE', 'The request is too large.');
    if (status === 415) return apiError('UNSUPPORTED_MEDIA_TYPE', 'The request has to be JSON.');
    if (status !== null && status >= 400 && status < 500) {
      return apiError('INVALID_REQUEST', 'The request cannot be read.');
    }
    this.log.error({ err: exception }, 'a request failed');
    return apiError('INTERNAL_ERROR', 'Something went wrong here.');
  }
}

/** Nest's and Fastify's own errors both know the status they stand for. */
function statusOf(exception: unknown): number | null {
  if (exception instanceof HttpException) return exception.getStatus();
  const status = exception instanceof Error && 'statusCode' in exception ? exception.statusCode : null;
  return typeof status === 'number' ? status : null;
}
