import type { BillingClient } from '@lumenfall/billing-client';
import {
  newTopUpSchema,
  topUpQuerySchema,
  type AutoTopUpView,
  type CardSetup,
  type NativeList,
  type TopUpView,
} from '@lumenfall/contracts';
import { parseInput, unwrap } from '@lumenfall/service-kit';
import { Controller, Get, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { nativeList, readListQuery } from '../account/native-list.js';
import { requireJson } from '../admission/request-body.js';
import { principalOf } from '../authentication/authentication.guard.js';
import { BILLING } from '../tokens.js';

/**
 * Credit that a customer buys. An API key may ask for a page on which a person pays; only an operator changes what is
 * charged without a person.
 */
@Controller('v1')
export class PaymentsController {
  constructor(@Inject(BILLING) private readonly billing: BillingClient) {}

  /** 201 with the URL of the payment page, or without one if an operator completes the top-up. */
  @Post('top_ups')
  async request(@Req() request: FastifyRequest): Promise<TopUpView> {
    const { amount } = parseInput(newTopUpSchema, requireJson(request));
    const { organizationId } = principalOf(request);
    // One id for all attempts of this request to reach billing, which creates one top-up for it.
    const id = request.id.replace('req_', 'top_');
    return unwrap(await this.billing.requestTopUp(organizationId, { id, amountMicros: amount }));
  }

  @Get('top_ups')
  async page(@Req() request: FastifyRequest, @Query() query: unknown): Promise<NativeList<TopUpView>> {
    const parsed = unwrap(readListQuery(topUpQuerySchema, query));
    const page = unwrap(await this.billing.topUps(principalOf(request).organizationId, parsed));
    return nativeList('/v1/top_ups', query, page);
  }

  @Get('auto_top_up')
  async automatic(@Req() request: FastifyRequest): Promise<AutoTopUpView> {
    return unwrap(await this.billing.autoTopUp(principalOf(request).organizationId));
  }

  /** 201 with the URL of a page on which a person saves the card for automatic top-ups. */
  @Post('card_setups')
  @HttpCode(201)
  async setUpCard(@Req() request: FastifyRequest): Promise<CardSetup> {
    return unwrap(await this.billing.setUpCard(principalOf(request).organizationId, request.id));
  }
}
