import type { FastifyInstance } from 'fastify';
import { REQUEST_ID_HEADER } from './request-id.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Unix ms. */
    arrivedAt: number;
  }
}

/** The first thing that happens to every request: it is stamped with its time, and its answer with its id. */
export function stampArrivals(fastify: FastifyInstance): void {
  fastify.decorateRequest('arrivedAt', 0);
  fastify.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = Date.now();
    void reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
}
