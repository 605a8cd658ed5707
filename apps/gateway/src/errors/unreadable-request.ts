import { apiError, errorEnvelope, newRequestId, type ApiError } from '@lumenfall/contracts';
import { sendError, toApiError } from '@lumenfall/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { STATUS_CODES, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { REQUEST_ID_HEADER, SDK_REQUEST_ID_HEADER } from '../admission/response-headers.js';

/**
 * Answers a request target that the router cannot parse. Fastify calls it before any hook, so Nest's filter is not
 * reached.
 */
export function answerUnroutable(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  void reply.header(REQUEST_ID_HEADER, request.id).header(SDK_REQUEST_ID_HEADER, request.id);
  void reply.header('access-control-allow-origin', '*');
  sendError(reply, toApiError(error) ?? apiError('INVALID_REQUEST', 'The request could not be read'));
}

const UNPARSABLE: Record<string, [status: number, message: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
};

/** Answers bytes that are not an HTTP request; there is only a socket. */
export function answerUnparsable(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, message] = UNPARSABLE[error.code ?? ''] ?? [400, 'The request is not valid HTTP'];
  writeLast(socket, status, apiError('INVALID_REQUEST', message));
}

/**
 * Answers what Node would otherwise answer without Fastify: CONNECT, and `Expect` headers other than `100-continue`.
 */
export function answerTheUnusual(server: Server): void {
  server.on('connect', (_request, socket) => {
    writeLast(socket, 405, apiError('METHOD_NOT_ALLOWED', 'CONNECT is not allowed: this server is not a proxy'));
  });
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
}

/** Writes the envelope to the socket and closes the connection. */
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
