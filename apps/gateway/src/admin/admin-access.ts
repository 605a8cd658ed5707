import { systemClock, type Clock } from '@lumenfall/async';
import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { ApiFailure } from '@lumenfall/service-kit';
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { refused, secretMatches } from '../authentication/key-directory.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** True once the token of the operator was checked. */
    isOperator: boolean;
  }
}

/** Wrong tokens that an address may send in a period. */
const MAX_WRONG = 10;
const PERIOD_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Checks the operator's token. An address that sends too many wrong ones is refused until the period has ended. */
export class AdminAccess {
  readonly #tokenHash: string;
  readonly #wrong = new LRUCache<string, { count: number; until: number }>({ max: MAX_ADDRESSES });

  constructor(
    token: string,
    private readonly clock: Clock = systemClock,
  ) {
    this.#tokenHash = createHash('sha256').update(token).digest('hex');
  }

  /** Errors: `AUTHENTICATION_FAILED`, `RATE_LIMITED`. */
  check(header: string | undefined, address: string): Result<void> {
    const now = this.clock.now();
    const known = this.#wrong.get(address);
    const wrong = known !== undefined && known.until > now ? known : { count: 0, until: now + PERIOD_MS };
    if (wrong.count >= MAX_WRONG) {
      const retryAfterMs = wrong.until - now;
      const message = `Too many wrong tokens from this address. Wait ${Math.ceil(retryAfterMs / 1_000)} s`;
      return fail(apiError('RATE_LIMITED', message, { retryAfterMs }));
    }
    const token = /^bearer\s+(\S+)$/i.exec(header?.trim() ?? '')?.[1];
    if (token !== undefined && secretMatches(token, this.#tokenHash)) return succeed(undefined);
    this.#wrong.set(address, { ...wrong, count: wrong.count + 1 });
    if (token === undefined) return refused('Send the header "Authorization: Bearer <ADMIN_TOKEN>"');
    if (!token.startsWith('lmnfl_')) return refused('Invalid admin token');
    return refused('This is an API key of an organization. The admin API needs the ADMIN_TOKEN of the gateway');
  }
}

/** True for the routes that need the token of the operator, and no API key. */
export const isAdminRoute = (request: FastifyRequest): boolean =>
  request.routeOptions.url?.startsWith('/admin/') ?? false;

/** Checks the token before the body is read, as `requireKey` does for API keys. */
export function requireAdminToken(fastify: FastifyInstance, access: AdminAccess): void {
  fastify.decorateRequest('isOperator', false);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (request.is404 || !isAdminRoute(request)) return done();
    const checked = access.check(request.headers.authorization, request.ip);
    request.isOperator = checked.ok;
    if (checked.ok) done();
    else done(new ApiFailure(checked.error));
  });
}
