import { apiError, type Result } from '@lumenfall/contracts';
import { ApiFailure } from '@lumenfall/service-kit';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isAdminRoute } from '../admin/admin-access.js';
import { KeyDirectory } from './key-directory.js';
import type { Principal } from './principal.js';

/**
 * Every route needs an API key unless it is marked `@Public()`. The key is checked before the body is read (see
 * `requireKey`); as a guard, this class makes sure that no handler runs without that check.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  constructor(@Inject(KeyDirectory) private readonly keys: KeyDirectory) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.principal !== null || needsNoKey(request)) return true;
    throw new ApiFailure(apiError('AUTHENTICATION_FAILED', 'The request was not authenticated'));
  }

  /** Sets `request.principal`. Synchronous if the key is cached. Errors: `AUTHENTICATION_FAILED`, `OVERLOADED`. */
  authenticate(request: FastifyRequest): Result<void> | Promise<Result<void>> {
    const result = this.keys.authenticate(request.headers.authorization);
    return result instanceof Promise ? result.then((read) => assign(request, read)) : assign(request, result);
  }
}

/**
 * Checks the key in Fastify's `onRequest` hook: a Nest guard would run only after the body has been received and
 * parsed, and a client without a key must not be able to make the gateway read 20 MB. Unknown paths answer 404 without
 * a key.
 */
export function requireKey(fastify: FastifyInstance, guard: AuthenticationGuard): void {
  fastify.decorateRequest('principal', null);
  fastify.decorateRequest('accepted', false);
  fastify.decorateRequest('reply', null);
  fastify.decorateRequest('limits', null);
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void) => {
    if (request.is404 || needsNoKey(request)) return done();
    request.reply = reply;
    const finish = (result: Result<void>): void => (result.ok ? done() : done(new ApiFailure(result.error)));
    const result = guard.authenticate(request);
    if (result instanceof Promise) void result.then(finish);
    else finish(result);
  });
}

/** The caller of an authenticated request. Throws on a public route, which has none. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null)
    throw new Error(`${request.routeOptions.url ?? 'a route'} is public and has no principal`);
  return request.principal;
}

const needsNoKey = (request: FastifyRequest): boolean =>
  request.routeOptions.config.public === true || isAdminRoute(request);

function assign(request: FastifyRequest, result: Result<Principal>): Result<void> {
  if (!result.ok) return result;
  request.principal = result.value;
  return { ok: true, value: undefined };
}
