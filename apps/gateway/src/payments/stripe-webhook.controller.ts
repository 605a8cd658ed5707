import type { BillingClient } from '@lumenfall/billing-client';
import { apiError } from '@lumenfall/contracts';
import { ApiFailure, unwrap } from '@lumenfall/service-kit';
import { Controller, HttpCode, Inject, Post, Req } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { BILLING } from '../tokens.js';

/**
 * Takes the events of Stripe, which are signed instead of having an API key, and hands their bytes to billing: the
 * signature covers the bytes, so they are not parsed here. Stripe repeats an event until it gets a 2xx.
 */
@Controller('webhooks/stripe')
export class StripeWebhookController {
  constructor(@Inject(BILLING) private readonly billing: BillingClient) {}

  @Post()
  @HttpCode(200)
  @RouteConfig({ public: true, rawBody: true })
  async receive(@Req() { body, headers }: FastifyRequest): Promise<{ received: true }> {
    const signature = headers['stripe-signature'];
    if (typeof signature !== 'string' || !Buffer.isBuffer(body)) {
      const message = 'Stripe-Signature and a JSON body are required: this endpoint takes the events of Stripe';
      throw new ApiFailure(apiError('INVALID_REQUEST', message));
    }
    unwrap(await this.billing.paymentEvent({ payload: body.toString('base64'), signature }));
    return { received: true };
  }
}
