import type { BillingClient } from '@lumenfall/billing-client';
import { apiError, type NativeList } from '@lumenfall/contracts';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { nativeList } from '../account/native-list.js';
import { requireJson } from '../admission/request-body.js';
import { pathOf } from '../admission/request-context.js';
import { BILLING } from '../tokens.js';

/** A database may be locked for a moment by the group commits of usage. */
const TIMEOUT_MS = 10_000;

const pageSchema = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  has_older: z.boolean(),
  has_newer: z.boolean(),
});

/** Carries out the operations of the operator at billing, which checks their input. */
@Injectable()
export class Operations {
  constructor(@Inject(BILLING) private readonly billing: BillingClient) {}

  async run(name: string, input: object, timeoutMs = TIMEOUT_MS): Promise<object> {
    return unwrap(await this.billing.operate(name, input, timeoutMs));
  }

  /** A change. A repeat with the same `reference` is not made again; without one, the id of the request is used. */
  change(name: string, request: FastifyRequest, input: object): Promise<object> {
    return this.run(name, { reference: request.id, ...bodyOf(request), ...input });
  }

  /** A list in the native envelope. */
  async list(name: string, request: FastifyRequest, input: object = {}): Promise<NativeList<{ id: string }>> {
    const query = typeof request.query === 'object' && request.query !== null ? request.query : {};
    const page = pageSchema.parse(await this.run(name, { ...query, ...input }));
    const { data, has_older: hasOlder, has_newer: hasNewer } = page;
    return nativeList(pathOf(request.url), request.query, { data, hasOlder, hasNewer });
  }
}

/** The fields of a JSON object. */
export function bodyOf(request: FastifyRequest): object {
  const body = requireJson(request);
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new ApiFailure(apiError('INVALID_REQUEST', 'The request body must be a JSON object'));
}

/** No handler of the admin API runs unless the token was checked, even if the hook did not see its route. */
@Injectable()
export class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.isOperator) return true;
    throw new ApiFailure(apiError('AUTHENTICATION_FAILED', 'The token of the operator was not checked'));
  }
}
