import { errorEnvelope, httpStatusOf, type ApiError } from '@lumenfall/contracts';
import type { FastifyReply } from 'fastify';

const DEFAULT_RETRY_MS = 1_000;
/** A message may repeat a part of what the client sent. */
const MAX_MESSAGE = 2_000;

/** The HTTP form of an expected failure: status, envelope, and what tells a client when (or whether) to repeat. */
export function sendError(reply: FastifyReply, error: ApiError, upstreamMayHaveRun = false): void {
  void reply.code(httpStatusOf(error)).header('content-type', 'application/json; charset=utf-8');
  const retryAfterMs = error.retryAfterMs ?? (error.code === 'OVERLOADED' ? DEFAULT_RETRY_MS : undefined);
  if (retryAfterMs !== undefined) void reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1000))));
  if (upstreamMayHaveRun) void reply.header('x-should-retry', 'false');
  if (error.code === 'AUTHENTICATION_FAILED') void reply.header('www-authenticate', 'Bearer');
  void reply.send(errorEnvelope({ ...error, message: error.message.slice(0, MAX_MESSAGE) }));
}
