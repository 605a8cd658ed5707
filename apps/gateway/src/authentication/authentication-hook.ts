import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ApiFailure } from '../errors/api-failure.js';
import type { KeyDirectory } from './key-directory.js';
import type { Principal } from './principal.js';

/**
 * The routes that need no key, by their registered pattern. Everything else is refused without one, also a route that somebody
 * adds tomorrow. Unknown paths are answered 404 without a key: there is nothing to protect.
 */
export const PUBLIC_ROUTES: ReadonlySet<string> = new Set(['/livez', '/readyz', '/metrics', '/media/:name']);

/** Before the body is read, so that nobody without a key makes the gateway parse anything. */
export function requireKey(fastify: FastifyInstance, directory: KeyDirectory): void {
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('accepted', false);
  fastify.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
    if (request.is404 || PUBLIC_ROUTES.has(request.routeOptions.url ?? '')) return done();
    const judged = directory.authenticate(request.headers.authorization);
    if (judged instanceof Promise) void judged.then((result) => admit(request, result, done));
    else admit(request, judged, done);
  });
}

function admit(
  request: FastifyRequest,
  result: Awaited<ReturnType<KeyDirectory['authenticate']>>,
  done: (error?: Error) => void,
): void {
  if (!result.ok) return done(new ApiFailure(result.error));
  request.principal = result.value;
  done();
}

/** Behind the hook there is always one. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null)
    throw new Error(`${request.routeOptions.url ?? 'a route'} is public and has no principal`);
  return request.principal;
}
