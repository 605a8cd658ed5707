import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { REQUEST_ID_HEADER, SDK_REQUEST_ID_HEADER } from './request-id.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Unix ms. */
    arrivedAt: number;
  }
}

/**
 * The first thing that happens to every request: it is stamped with its time, and its answer with its id. Through Nest, whose
 * answers to the questions of browsers (CORS) would otherwise come first.
 */
export function stampArrivals(app: NestFastifyApplication): void {
  const adapter = app.getHttpAdapter() as FastifyAdapter;
  adapter.getInstance().decorateRequest('arrivedAt', 0);
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    request.arrivedAt = Date.now();
    void reply.header(REQUEST_ID_HEADER, request.id).header(SDK_REQUEST_ID_HEADER, request.id);
    done();
  });
}
