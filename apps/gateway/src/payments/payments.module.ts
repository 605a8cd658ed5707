import { Module } from '@nestjs/common';
import { PaymentsController } from './payments.controller.js';
import { StripeWebhookController } from './stripe-webhook.controller.js';

@Module({ controllers: [PaymentsController, StripeWebhookController] })
export class PaymentsModule {}
