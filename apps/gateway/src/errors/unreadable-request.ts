import { apiError, errorEnvelope, newRequestId, type ApiError } from '@lumenfall/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { REQUEST_ID_HEADER, SDK_REQUEST_ID_HEADER } from '../admission/request-id.js';
import { sendError } from './error-answer.js';
import { toApiError } from './to-api-error.js';

/** For a target that the router itself cannot read; it answers before any hook or filter could. */
export function answerUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header(REQUEST_ID_HEADER, request.id).header(SDK_REQUEST_ID_HEADER, request.id);
  void reply.header('access-control-allow-origin', '*');
  sendError(reply, toApiError(error) ?? apiError('INVALID_REQUEST', 'The request could not be read'));
}

const UNPARSABLE: Record<string, [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
};

/** For bytes that are no HTTP request at all: there is no request object yet, only the socket. */
export function answerUnparsable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = UNPARSABLE[error.code ?? ''] ?? [400, 'The request is not valid HTTP'];
  writeLast(socket, status, apiError('INVALID_REQUEST', message));
}

/** What Node would answer, or hang up on, before Fastify is asked: tunnels, and expectations other than `100-continue`. */
export function answerTheUnusual(server: Server): void {
  server.on('connect', (_request, socket) => {
    writeLast(socket, 405, apiError('METHOD_NOT_ALLOWED', 'CONNECT is not allowed: this is not a proxy'));
  });
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}

/** The envelope, by hand, on a connection that is closed with it. */
function writeLast(socket: Duplex, status: number, error: ApiError): void {
  const body = JSON.stringify(errorEnvelope(error));
  const id = newRequestId();
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `${REQUEST_ID_HEADER}: ${id}`,
    `${SDK_REQUEST_ID_HEADER}: ${id}`,
    'Access-Control-Allow-Origin: *',
    'Connection: close',
  ];
  socket.on('error', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
