import { apiError, parseRequestId } from '@lumenfall/contracts';
import type { KeptBody } from '@lumenfall/payloads';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Controller, Delete, Get, Inject, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { principalOf } from '../authentication/authentication.guard.js';
import { PURGE } from '../tokens.js';
import { purgePayloads, type PurgeAnswer, type PurgeTools } from './purge-payloads.js';

interface PayloadsAnswer {
  id: string;
  object: 'request_payloads';
  /** The body as JSON; as text, its beginning, if it was too long to be kept whole. Null: none. */
  request: unknown;
  response: unknown;
  /** When both are deleted. ISO 8601. */
  expires_at: string;
}

/** The kept bodies of a request. */
@Controller('v1/requests/:id/payloads')
export class PayloadsController {
  constructor(@Inject(PURGE) private readonly tools: PurgeTools) {}

  @Get()
  async show(@Req() request: FastifyRequest, @Param('id') id: string): Promise<PayloadsAnswer> {
    const requestId = requestIdOf(id);
    const kept = await this.tools.payloads.find(principalOf(request).organizationId, requestId);
    if (kept === null) {
      const message = 'No payloads of this request are kept. An operator sets how long an organization keeps them';
      throw new ApiFailure(apiError('NOT_FOUND', message));
    }
    return {
      id: requestId,
      object: 'request_payloads',
      request: shown(kept.request),
      response: shown(kept.response),
      expires_at: kept.expiresAt.toISOString(),
    };
  }

  @Delete()
  async purge(@Req() request: FastifyRequest, @Param('id') id: string): Promise<PurgeAnswer> {
    return unwrap(await purgePayloads(principalOf(request).organizationId, requestIdOf(id), this.tools));
  }
}

function requestIdOf(id: string): string {
  const requestId = parseRequestId(id);
  if (requestId === null) throw new ApiFailure(apiError('NOT_FOUND', 'No request of this organization has this id'));
  return requestId;
}

const shown = (body: KeptBody | null): unknown => (body === null ? null : 'json' in body ? body.json : body.text);
