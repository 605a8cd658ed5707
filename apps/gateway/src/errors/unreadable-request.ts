import { apiError, errorEnvelope, newRequestId } from '@lumenfall/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { REQUEST_ID_HEADER } from '../admission/request-id.js';
import { sendError } from './error-answer.js';
import { toApiError } from './to-api-error.js';

/** For a target that the router itself cannot read; it answers before any hook or filter could. */
export function answerUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header(REQUEST_ID_HEADER, request.id).header('access-control-allow-origin', '*');
  sendError(reply, toApiError(error) ?? apiError('INVALID_REQUEST', 'The request could not be read'));
}

/** For bytes that are no HTTP request at all: there is no request object yet, only the socket. */
export function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = tooLarge
    ? '431 Request Header Fields Too Large'
    : timedOut
      ? '408 Request Timeout'
      : '400 Bad Request';
  const message = tooLarge
    ? 'The request headers are too large'
    : timedOut
      ? 'The request did not arrive in time'
      : 'The request is not valid HTTP';
  const body = JSON.stringify(errorEnvelope(apiError('INVALID_REQUEST', message)));
  const head = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${newRequestId()}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
