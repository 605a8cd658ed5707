import { apiError, errorEnvelope, httpStatusOf, type ApiError, type ErrorCode } from '@lumenfall/contracts';
import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiFailure } from './expected-failure.js';
import type { Logger } from './logger.js';

const DEFAULT_RETRY_MS = 1_000;
/** A message may repeat a part of what the client sent. */
const MAX_MESSAGE = 2_000;

/** Fastify's own refusals by their error codes. A 4xx of the framework that is not listed is an invalid request. */
const FRAMEWORK_ERRORS: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'The request body is too large'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'UNSUPPORTED_MEDIA_TYPE',
    'Unsupported Content-Type. Send JSON with Content-Type: application/json',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['INVALID_REQUEST', 'The length of the body differs from Content-Length'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['INVALID_REQUEST', 'The request body is empty: expected a JSON object'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['INVALID_REQUEST', 'The request body is not valid JSON'],
  FST_REQ_FILE_TOO_LARGE: ['PAYLOAD_TOO_LARGE', 'An uploaded file is too large'],
  FST_FILES_LIMIT: ['PAYLOAD_TOO_LARGE', 'Too many uploaded files'],
  FST_PARTS_LIMIT: ['PAYLOAD_TOO_LARGE', 'Too many form fields'],
  FST_FIELDS_LIMIT: ['PAYLOAD_TOO_LARGE', 'Too many form fields'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: ['UNSUPPORTED_MEDIA_TYPE', 'The multipart Content-Type has no boundary'],
  FST_ERR_BAD_URL: ['INVALID_REQUEST', 'The path is not a valid URL path'],
  FST_ERR_MAX_PARAM_LENGTH: ['NOT_FOUND', 'Unknown path: a part of it is too long'],
};

/** What a service adds to the way its failures are answered. */
export interface FailureHandling {
  /** More specific messages by Fastify's error code, for example with the service's own limits. */
  messages?: Readonly<Record<string, string>>;
  /** The error for a path or method without a route. It may set headers. */
  notFound?(request: FastifyRequest, reply: FastifyReply): ApiError;
  /** Called with every failure before it is answered. It may set headers, unless the response has begun. */
  observe?(request: FastifyRequest, error: ApiError, reply: FastifyReply): void;
  /** Writes the response. Default: status and envelope, by `sendError`. */
  send?(reply: FastifyReply, error: ApiError, request: FastifyRequest): void;
}

/**
 * The only place that turns a failure into a response, whichever layer threw it: parser, hook, guard, handler or
 * router. Register it in a service's root module under `APP_FILTER`.
 */
@Catch()
export class ApiExceptionFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly handling: FailureHandling = {},
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = request.is404 ? this.#notFound(request, reply) : this.#read(thrown, request);
    this.handling.observe?.(request, error, reply);
    if (reply.sent || reply.raw.headersSent) {
      // The status is sent already. Destroying the socket shows the client that the response is incomplete.
      reply.raw.destroy();
      return;
    }
    if (this.handling.send) this.handling.send(reply, error, request);
    else sendError(reply, error, thrown instanceof ApiFailure && thrown.upstreamMayHaveRun);
  }

  #notFound(request: FastifyRequest, reply: FastifyReply): ApiError {
    if (this.handling.notFound) return this.handling.notFound(request, reply);
    return apiError('NOT_FOUND', `Unknown path: ${request.method} ${request.url.split('?', 1)[0] ?? ''}`.slice(0, 300));
  }

  #read(thrown: unknown, request: FastifyRequest): ApiError {
    const expected = toApiError(thrown, this.handling.messages);
    if (expected !== null) return expected;
    const route = request.routeOptions.url;
    this.log.error({ err: thrown, requestId: request.id, route }, 'a request failed with an unexpected error');
    return apiError(
      'INTERNAL_ERROR',
      `An internal error occurred. If you report it, include the request id ${request.id}`,
    );
  }
}

/** Writes an expected failure: status, envelope, and the headers that say when (or whether) to repeat the request. */
export function sendError(reply: FastifyReply, error: ApiError, upstreamMayHaveRun = false): void {
  void reply.code(httpStatusOf(error)).header('content-type', 'application/json; charset=utf-8');
  const retryAfterMs = error.retryAfterMs ?? (error.code === 'OVERLOADED' ? DEFAULT_RETRY_MS : undefined);
  if (retryAfterMs !== undefined) void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  if (upstreamMayHaveRun) void reply.header('x-should-retry', 'false');
  if (error.code === 'AUTHENTICATION_FAILED') void reply.header('www-authenticate', 'Bearer');
  void reply.send(errorEnvelope({ ...error, message: error.message.slice(0, MAX_MESSAGE) }));
}

/**
 * The expected failure behind something thrown. Null for a bug: the caller logs it and answers `INTERNAL_ERROR` without
 * any detail of it.
 *
 * @param messages more specific texts by Fastify's error code
 */
export function toApiError(thrown: unknown, messages: Readonly<Record<string, string>> = {}): ApiError | null {
  if (thrown instanceof ApiFailure) return thrown.error;
  for (const candidate of [thrown, thrown instanceof Error ? thrown.cause : undefined]) {
    const code = codeOf(candidate);
    const known = FRAMEWORK_ERRORS[code];
    if (known !== undefined) return apiError(known[0], messages[code] ?? known[1]);
  }
  const status = statusOf(thrown);
  if (status === 404) return apiError('NOT_FOUND', 'The requested resource does not exist');
  if (status === 413) return apiError('PAYLOAD_TOO_LARGE', 'The request is too large');
  if (status === 415) return apiError('UNSUPPORTED_MEDIA_TYPE', 'Unsupported Content-Type');
  if (status !== null && status >= 400 && status < 500)
    return apiError('INVALID_REQUEST', 'The request could not be read');
  return null;
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** The status of a Nest `HttpException` or a Fastify error. */
function statusOf(thrown: unknown): number | null {
  if (!(thrown instanceof Error)) return null;
  if ('getStatus' in thrown && typeof thrown.getStatus === 'function') return Number(thrown.getStatus());
  return 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : null;
}
