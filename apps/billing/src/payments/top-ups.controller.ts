import {
  apiError,
  cardSetupRequestSchema,
  paymentEventSchema,
  topUpQuerySchema,
  topUpRequestSchema,
  type AutoTopUpView,
  type CardSetup,
  type TopUpPage,
  type TopUpView,
} from '@lumenfall/contracts';
import { autoTopUpView, topUpView } from '@lumenfall/ledger';
import { ApiFailure, parseInput, unwrap } from '@lumenfall/service-kit';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { PAYMENTS } from '../tokens.js';
import { applyEvent, requestTopUp, type PaymentParts } from './pay-top-ups.js';

@Controller('internal')
export class TopUpsController {
  constructor(@Inject(PAYMENTS) private readonly parts: PaymentParts) {}

  @Post('organizations/:organizationId/top-ups')
  async request(@Param('organizationId') organizationId: string, @Body() body: unknown): Promise<TopUpView> {
    return topUpView(unwrap(await requestTopUp(this.parts, organizationId, parseInput(topUpRequestSchema, body))));
  }

  @Get('organizations/:organizationId/top-ups')
  async page(@Param('organizationId') organizationId: string, @Query() query: unknown): Promise<TopUpPage> {
    const { limit, starting_after: startingAfter, ending_before: endingBefore } = parseInput(topUpQuerySchema, query);
    const page = await this.parts.topUps.page(organizationId, { limit, startingAfter, endingBefore });
    return { data: page.rows.map(topUpView), hasOlder: page.hasOlder, hasNewer: page.hasNewer };
  }

  @Get('organizations/:organizationId/auto-top-up')
  async automatic(@Param('organizationId') organizationId: string): Promise<AutoTopUpView> {
    const customer = await this.parts.customers.find(organizationId);
    const hasCard = typeof customer?.paymentMethodId === 'string';
    return autoTopUpView(await this.parts.autoTopUps.find(organizationId), hasCard);
  }

  /** 201 with the page on which the customer saves a card; 404 if no provider keeps cards. */
  @Post('organizations/:organizationId/card-setups')
  async setUpCard(@Param('organizationId') organizationId: string, @Body() body: unknown): Promise<CardSetup> {
    const { reference } = parseInput(cardSetupRequestSchema, body);
    const opened = await this.parts.port.setUp(organizationId, reference);
    if (opened.outcome === 'opened') return { object: 'card_setup', url: opened.url };
    if (opened.outcome === 'recorded')
      throw new ApiFailure(apiError('NOT_FOUND', 'Cards are not supported: an operator completes each top-up'));
    this.parts.log.error({ organizationId, reason: opened.reason }, 'the payment provider opened no page for a card');
    const message = 'The payment provider does not answer at the moment. Retry in a minute';
    throw new ApiFailure(apiError('OVERLOADED', message, { retryAfterMs: 60_000 }));
  }

  /** 200 once the event is applied, also if it changes nothing: the provider repeats every other answer. */
  @Post('payment-events')
  @HttpCode(200)
  async event(@Body() body: unknown): Promise<{ received: true }> {
    const { payload, signature } = parseInput(paymentEventSchema, body);
    const event = unwrap(this.parts.port.readEvent(Buffer.from(payload, 'base64'), signature));
    await applyEvent(this.parts, event);
    return { received: true };
  }
}
