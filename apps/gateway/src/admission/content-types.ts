import type { FastifyInstance, FastifyRequest } from 'fastify';
import { apiError } from '@lumenfall/contracts';
import { ApiFailure } from '../errors/api-failure.js';
import { parseJsonBody } from './json-body.js';

/** JSON only. (Multipart is registered beside it for the routes that take a form; anything else is a 415.) */
export function readJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(/^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i, { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseJsonBody(Buffer.isBuffer(body) ? body : Buffer.from(body));
    if (parsed.ok) done(null, parsed.value);
    else done(new ApiFailure(parsed.error));
  });
}

/** For routes that take JSON alone. A body of another type that has a parser (a form) would otherwise read as no body. */
export function requireJson(request: FastifyRequest): unknown {
  const type = request.headers['content-type'];
  if (type !== undefined && !/json/i.test(type)) {
    throw new ApiFailure(apiError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON with Content-Type: application/json'));
  }
  if (request.body === undefined || request.body === null) {
    throw new ApiFailure(apiError('INVALID_REQUEST', 'The request body is empty: expected a JSON object with Content-Type: application/json'));
  }
  return request.body;
}
