import { apiError } from '@lumenfall/contracts';
import { ApiFailure } from '@lumenfall/service-kit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseJsonBody } from './json-body.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** JSON bodies of the route stay bytes: their signature is checked elsewhere. */
    rawBody?: boolean;
  }
}

/** Of a route without an API key: any client may send it. */
const RAW_LIMIT = 1024 * 1024;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i;

/**
 * Parses JSON bodies with `parseJsonBody`, except on routes with `rawBody`. Multipart is registered separately for the
 * routes that take forms; any other type is a 415. Set through Nest, which would otherwise register its own parser. An
 * empty body counts as absent: some SDKs send a Content-Type with a DELETE.
 */
export function readJsonBodies(app: NestFastifyApplication, bodyLimit: number): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRoute', (route) => {
    if (route.config?.rawBody === true) route.bodyLimit = RAW_LIMIT;
  });
  fastify.removeAllContentTypeParsers();
  app.useBodyParser(JSON_TYPE, { bodyLimit }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    if (request.routeOptions.config.rawBody === true) return done(null, body);
    const parsed = parseJsonBody(body);
    if (parsed.ok) done(null, parsed.value);
    else done(new ApiFailure(parsed.error));
  });
}

/**
 * Refuses compressed bodies before they are parsed, when the parser could only report malformed JSON or a malformed
 * form.
 */
export function refuseCompressedBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (/^\s*(?:identity)?\s*$/i.test(encoding)) return done();
    const message = 'Content-Encoding is not supported: send the body uncompressed';
    done(new ApiFailure(apiError('UNSUPPORTED_MEDIA_TYPE', message)));
  });
}

/** The JSON body of a route that takes nothing else. Throws an `ApiFailure` for another type or an empty body. */
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

/** Larger bodies are not drained; the connection is closed. */
const MAX_DRAINED_BYTES = 256 * 1024 * 1024;

/**
 * Reads and drops the rest of a refused body. Many clients read the answer only after they have sent their body; if the
 * connection were closed before, they would see a broken pipe (and an SDK would send the request again) instead of the
 * 413. A hook, because Nest has no access to the unparsed body.
 */
export function drainRefusedBodies(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { raw } = request;
    const announced = Number(request.headers['content-length'] ?? Infinity);
    // A form is read while it arrives, so any refusal may leave a part of it unread.
    const unread = reply.statusCode === 413 || (reply.statusCode >= 400 && request.isMultipart() && !raw.readableEnded);
    if (unread && announced <= MAX_DRAINED_BYTES) {
      reply.removeHeader('connection');
      raw.unpipe();
      raw.resume();
    }
    done(null, payload);
  });
}
