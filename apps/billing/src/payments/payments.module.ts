import type { Client } from '@lumenfall/database';
import { autoTopUpStore, paymentCustomerStore, topUpStore } from '@lumenfall/ledger';
import { openPaymentPort } from '@lumenfall/payments';
import { CONFIGURATION, LOG, OperatorError, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import type { BillingConfiguration } from '../configuration.js';
import { DATABASE, PAYMENTS } from '../tokens.js';
import type { PaymentParts } from './pay-top-ups.js';
import { TopUpSweep } from './top-up-sweep.js';
import { TopUpsController } from './top-ups.controller.js';

/** Opens the payment provider. Throws an `OperatorError` if its variables do not fit together. */
function paymentParts(client: Client, configuration: BillingConfiguration, log: Logger): PaymentParts {
  const customers = paymentCustomerStore(client);
  const port = openPaymentPort(configuration, customers);
  if (!port.ok) throw new OperatorError(port.error);
  return {
    port: port.value,
    topUps: topUpStore(client),
    autoTopUps: autoTopUpStore(client),
    customers,
    minimumMicros: configuration.MIN_TOP_UP_USD,
    log,
  };
}

@Module({
  controllers: [TopUpsController],
  providers: [{ provide: PAYMENTS, inject: [DATABASE, CONFIGURATION, LOG], useFactory: paymentParts }, TopUpSweep],
})
export class PaymentsModule {}
