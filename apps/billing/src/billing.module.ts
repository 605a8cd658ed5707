import type { HistoryStore, HoldStore, LedgerStore } from '@lumenfall/ledger';
import type { Micros } from '@lumenfall/money';
import { Module, type DynamicModule } from '@nestjs/common';
import { EstimatesController } from './estimates/estimates.controller.js';
import { HistoryController } from './history/history.controller.js';
import { HoldsController } from './holds/holds.controller.js';
import { StandingController } from './balance/balance.controller.js';
import { DATABASE, LOW_BALANCE_FLOOR } from './tokens.js';

/** What billing reads and writes. */
export interface BillingStores {
  ledger: LedgerStore;
  holds: HoldStore;
  history: HistoryStore;
}

@Module({})
export class BillingModule {
  static with(rooms: { database: BillingStores; lowBalanceFloor: Micros }): DynamicModule {
    return {
      module: BillingModule,
      controllers: [EstimatesController, HoldsController, StandingController, HistoryController],
      providers: [
        { provide: DATABASE, useValue: rooms.database },
        { provide: LOW_BALANCE_FLOOR, useValue: rooms.lowBalanceFloor },
      ],
    };
  }
}
