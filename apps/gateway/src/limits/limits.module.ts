import { spendReader } from '@lumenfall/accounts';
import { systemClock } from '@lumenfall/async';
import type { Client } from '@lumenfall/database';
import type { LimitCounters } from '@lumenfall/queue';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { DATABASE, LIMIT_COUNTERS } from '../tokens.js';
import { LimitGate } from './limit-gate.js';
import { RunningRequests } from './running-requests.js';
import { SpendFigures } from './spend-figures.js';

@Module({
  providers: [
    {
      provide: RunningRequests,
      inject: [LIMIT_COUNTERS, LOG],
      useFactory: (counters: LimitCounters, log: Logger) =>
        new RunningRequests(counters, (error) => log.warn({ err: error }, 'the leases of limits could not be renewed')),
    },
    {
      provide: LimitGate,
      inject: [LIMIT_COUNTERS, DATABASE, RunningRequests, LOG],
      useFactory: (counters: LimitCounters, client: Client, running: RunningRequests, log: Logger) => {
        const figures = new SpendFigures(counters, spendReader(client));
        return new LimitGate({ counters, figures, running, clock: systemClock, log });
      },
    },
  ],
  exports: [LimitGate, RunningRequests],
})
export class LimitsModule {}
