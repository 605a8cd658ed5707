import type { FastifyInstance } from 'fastify';

/** Of a longer body nobody is owed the reading: its connection is closed. */
const MOST_DRAINED_BYTES = 256 * 1024 * 1024;

/**
 * A client reads its answer only when it has sent its body. If the connection were closed on it meanwhile, it would see a
 * broken pipe (and an SDK would try again) instead of the 413: so what still comes of a refused body is read and dropped.
 */
export function drainRefusedBodies(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const { raw } = request;
    const announced = Number(request.headers['content-length'] ?? Infinity);
    // A form is read as it comes, so that any refusal may leave a part of it.
    const unread = reply.statusCode === 413 || (reply.statusCode >= 400 && request.isMultipart() && !raw.readableEnded);
    if (unread && announced <= MOST_DRAINED_BYTES) {
      reply.removeHeader('connection');
      raw.unpipe();
      raw.resume();
    }
    done(null, payload);
  });
}
