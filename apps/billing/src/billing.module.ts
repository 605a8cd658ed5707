import { ApiExceptionFilter, LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { BalanceModule } from './balance/balance.module.js';
import { ConnectionsModule } from './connections.module.js';
import { EstimatesModule } from './estimates/estimates.module.js';
import { HistoryModule } from './history/history.module.js';
import { HoldsModule } from './holds/holds.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { PaymentsModule } from './payments/payments.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { StatementsModule } from './statements/statements.module.js';
import { UsageModule } from './usage/usage.module.js';

/**
 * Billing: one module per feature, and the exception filter over all of them. Its HTTP API is internal and has no
 * guards.
 */
@Module({
  imports: [
    ConnectionsModule,
    EstimatesModule,
    HoldsModule,
    BalanceModule,
    HistoryModule,
    ReportsModule,
    PaymentsModule,
    StatementsModule,
    UsageModule,
    OperationsModule,
  ],
  providers: [{ provide: APP_FILTER, inject: [LOG], useFactory: (log: Logger) => new ApiExceptionFilter(log) }],
})
export class BillingModule {}
