import type { ApiKeyStore } from '@lumenfall/accounts';
import type { BillingClient } from '@lumenfall/billing-client';
import {
  apiError,
  fail,
  parseRequestId,
  requestQuerySchema,
  succeed,
  type NativeList,
  type RequestQuery,
  type RequestView,
  type Result,
} from '@lumenfall/contracts';
import { micros, microsToUsd } from '@lumenfall/money';
import { ApiFailure, unwrap, validationError } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { principalOf } from '../authentication/authentication.guard.js';
import { API_KEYS, BILLING } from '../tokens.js';

interface BalanceAnswer {
  object: 'balance';
  billing_type: 'prepaid' | 'postpaid';
  available: { amount: number | null; currency: 'usd' };
}

interface KeyAnswer {
  id: string;
  object: 'key';
  name: string;
  last_four: string;
  status: 'active' | 'revoked';
  created_at: string;
}

const keyQuerySchema = requestQuerySchema
  .pick({ limit: true, starting_after: true, ending_before: true })
  .extend({ status: z.enum(['active', 'revoked']).optional() });

/** The account endpoints: an organization's balance, keys and requests. */
@Controller('v1')
export class AccountController {
  constructor(
    @Inject(BILLING) private readonly billing: BillingClient,
    @Inject(API_KEYS) private readonly apiKeys: ApiKeyStore,
  ) {}

  @Get('balance')
  async balance(@Req() request: FastifyRequest): Promise<BalanceAnswer> {
    const { billingType, availableMicros } = unwrap(await this.billing.balance(principalOf(request).organizationId));
    const amount = billingType === 'postpaid' ? null : microsToUsd(micros(availableMicros));
    return { object: 'balance', billing_type: billingType, available: { amount, currency: 'usd' } };
  }

  @Get('keys')
  async keys(@Req() request: FastifyRequest, @Query() query: unknown): Promise<NativeList<KeyAnswer>> {
    const parsed = unwrap(readQuery(keyQuerySchema, query));
    const page = await this.apiKeys.list(principalOf(request).organizationId, {
      limit: parsed.limit,
      startingAfter: parsed.starting_after,
      endingBefore: parsed.ending_before,
      status: parsed.status,
    });
    const data = page.keys.map(({ id, name, lastFour, status, createdAt }) => ({
      id,
      object: 'key' as const,
      name,
      last_four: lastFour,
      status,
      created_at: createdAt.toISOString(),
    }));
    return nativeList('/v1/keys', query, { ...page, data });
  }

  @Get('requests')
  async requests(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<NativeList<RequestView> & { summary?: unknown }> {
    const parsed = unwrap(readRequestQuery(query));
    const { summary, ...page } = unwrap(await this.billing.requests(principalOf(request).organizationId, parsed));
    return { ...nativeList('/v1/requests', query, page), ...(summary !== undefined && { summary }) };
  }

  @Get('requests/:id')
  async request(@Req() request: FastifyRequest, @Param('id') id: string): Promise<RequestView> {
    const requestId = parseRequestId(id);
    const view =
      requestId === null ? null : unwrap(await this.billing.request(principalOf(request).organizationId, requestId));
    if (view === null) throw new ApiFailure(apiError('NOT_FOUND', 'No request of this organization has this id'));
    return view;
  }
}

/** Cursors are request ids, as `req_` or `video_`. */
function readRequestQuery(query: unknown): Result<RequestQuery> {
  const parsed = readQuery(requestQuerySchema, query);
  if (!parsed.ok) return parsed;
  const cursors: Partial<RequestQuery> = {};
  for (const name of ['starting_after', 'ending_before'] as const) {
    const cursor = parsed.value[name];
    if (cursor === undefined) continue;
    const requestId = parseRequestId(cursor);
    if (requestId === null)
      return fail(apiError('INVALID_REQUEST', `${name}: expected the id of a request`, { param: name }));
    cursors[name] = requestId;
  }
  return succeed({ ...parsed.value, ...cursors });
}

function readQuery<T extends { starting_after?: string | undefined; ending_before?: string | undefined }>(
  schema: z.ZodType<T>,
  query: unknown,
): Result<T> {
  const parsed = schema.safeParse(query);
  if (!parsed.success) return fail(validationError(parsed.error));
  if (parsed.data.starting_after !== undefined && parsed.data.ending_before !== undefined) {
    return fail(
      apiError('INVALID_REQUEST', 'ending_before: cannot be combined with starting_after', { param: 'ending_before' }),
    );
  }
  return succeed(parsed.data);
}

export interface NativePage<T> {
  data: T[];
  hasOlder: boolean;
  hasNewer: boolean;
}

/**
 * The envelope of `/v1/keys` and `/v1/requests`. The two URLs are relative and keep every filter of the query; only the
 * cursor in them changes.
 *
 * @param query as the client wrote it
 */
export function nativeList<T extends { id: string }>(path: string, query: unknown, page: NativePage<T>): NativeList<T> {
  const first = page.data[0];
  const last = page.data.at(-1);
  return {
    object: 'list',
    data: page.data,
    next_page_url: page.hasOlder && last ? pageUrl(path, query, 'starting_after', last.id) : null,
    previous_page_url: page.hasNewer && first ? pageUrl(path, query, 'ending_before', first.id) : null,
  };
}

function pageUrl(path: string, query: unknown, cursor: 'starting_after' | 'ending_before', id: string): string {
  const search = new URLSearchParams({ [cursor]: id });
  for (const [name, value] of Object.entries(typeof query === 'object' && query !== null ? query : {})) {
    if (name !== 'starting_after' && name !== 'ending_before' && typeof value === 'string') search.set(name, value);
  }
  return `${path}?${search.toString()}`;
}
