import { apiError } from '@lumenfall/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiFailure } from '../errors/api-failure.js';
import { parseJsonBody } from './json-body.js';

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i;

/**
 * JSON by our own reader. (Multipart is registered beside it for the routes that take a form; anything else is a 415.) Through
 * Nest, which would otherwise add a reader of its own over it. An empty body is no body: some SDKs name a type on a DELETE.
 */
export function readJsonBodies(app: NestFastifyApplication, bodyLimit: number): void {
  app.getHttpAdapter().getInstance().removeAllContentTypeParsers();
  app.useBodyParser(JSON_TYPE, { bodyLimit }, (_request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    const parsed = parseJsonBody(body);
    if (parsed.ok) done(null, parsed.value);
    else done(new ApiFailure(parsed.error));
  });
}

/** Read as they are, packed bodies would only look like broken JSON or a broken form. */
export function refusePackedBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (/^\s*(?:identity)?\s*$/i.test(encoding)) return done();
    const message = 'Content-Encoding is not supported: send the body as it is, not compressed';
    done(new ApiFailure(apiError('UNSUPPORTED_MEDIA_TYPE', message)));
  });
}

/** For routes that take JSON alone. A body of another type that has a parser (a form) would otherwise read as no body. */
export function requireJson(request: FastifyRequest): unknown {
  const type = request.headers['content-type'];
  if (type !== undefined && !/json/i.test(type)) {
    throw new ApiFailure(apiError('UNSUPPORTED_MEDIA_TYPE', 'Send JSON with Content-Type: application/json'));
  }
  if (request.body === undefined || request.body === null) {
    throw new ApiFailure(
      apiError(
        'INVALID_REQUEST',
        'The request body is empty: expected a JSON object with Content-Type: application/json',
      ),
    );
  }
  return request.body;
}
