import { apiError, type ApiError } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { plainPath } from '../admission/request-path.js';
import { ApiFailure } from './api-failure.js';
import { sendError } from './error-answer.js';
import { isKnownMistake, methodNotAllowed, unknownPath, type KnownRoutes } from './known-routes.js';
import { toApiError } from './to-api-error.js';

/** Told of every failed request, before it is answered. */
export type FailureListener = (request: FastifyRequest, error: ApiError) => void;

/** The one place where a failure becomes an answer, whatever threw it: parser, guard, handler or router. */
@Catch()
export class GatewayExceptionFilter implements ExceptionFilter {
  constructor(
    private readonly routes: KnownRoutes,
    private readonly log: Logger,
    private readonly onFailure: FailureListener,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = request.is404 ? this.notFound(request, reply) : this.read(thrown, request);
    this.onFailure(request, error);
    if (reply.sent || reply.raw.headersSent) {
      // Too late for a status: the client must see a broken answer, not a short one.
      reply.raw.destroy();
      return;
    }
    sendError(reply, error, thrown instanceof ApiFailure && thrown.upstreamMayHaveRun);
  }

  private read(thrown: unknown, request: FastifyRequest): ApiError {
    const expected = toApiError(thrown);
    if (expected !== null) return expected;
    this.log.error(
      { err: thrown, requestId: request.id, route: request.routeOptions.url },
      'a request failed unexpectedly',
    );
    return internalError(request.id);
  }

  private notFound(request: FastifyRequest, reply: FastifyReply): ApiError {
    const path = plainPath(request.url);
    const allowed = isKnownMistake(path) ? [] : this.routes.methodsAt(path);
    if (allowed.length === 0) return unknownPath(request.method, path);
    void reply.header('allow', allowed.join(', '));
    return methodNotAllowed(request.method, path, allowed);
  }
}

export function internalError(requestId: string): ApiError {
  return apiError(
    'INTERNAL_ERROR',
    `Something went wrong on our side. Please name the request ${requestId} if you report it`,
  );
}
