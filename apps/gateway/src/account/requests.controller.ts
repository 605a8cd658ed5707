import type { BillingClient } from '@lumenfall/billing-client';
import {
  apiError,
  fail,
  parseRequestId,
  requestQuerySchema,
  succeed,
  type NativeList,
  type RequestPage,
  type RequestQuery,
  type RequestView,
  type Result,
} from '@lumenfall/contracts';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authentication/authentication.guard.js';
import { BILLING } from '../tokens.js';
import { nativeList, readListQuery } from './native-list.js';

/** The request history of an organization. */
@Controller('v1/requests')
export class RequestsController {
  constructor(@Inject(BILLING) private readonly billing: BillingClient) {}

  @Get()
  async page(
    @Req() request: FastifyRequest,
    @Query() query: unknown,
  ): Promise<NativeList<RequestView> & Pick<RequestPage, 'summary'>> {
    const parsed = unwrap(readRequestQuery(query));
    const { summary, ...page } = unwrap(await this.billing.requests(principalOf(request).organizationId, parsed));
    return { ...nativeList('/v1/requests', query, page), ...(summary !== undefined && { summary }) };
  }

  @Get(':id')
  async find(@Req() request: FastifyRequest, @Param('id') id: string): Promise<RequestView> {
    const requestId = parseRequestId(id);
    const view =
      requestId === null ? null : unwrap(await this.billing.request(principalOf(request).organizationId, requestId));
    if (view === null) throw new ApiFailure(apiError('NOT_FOUND', 'No request of this organization has this id'));
    return view;
  }
}

/** Cursors are request ids, as `req_` or `video_`. */
function readRequestQuery(query: unknown): Result<RequestQuery> {
  const parsed = readListQuery(requestQuerySchema, query);
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
