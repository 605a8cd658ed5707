import type { JobProducer } from '@lumenfall/queue';
import { CONFIGURATION } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AwaitedJobs } from '../answers/awaited-jobs.js';
import type { GatewayConfiguration } from '../configuration.js';
import { LimitGate } from '../limits/limit-gate.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ModelsModule } from '../models/models.module.js';
import { PRODUCER } from '../tokens.js';
import { AdmissionGate } from './admission-gate.js';
import { AdmissionGuard } from './admission.guard.js';
import { CreditGate } from './credit.js';
import { OverloadGate } from './overload.js';
import { PayloadLog } from './payload-log.js';
import { RejectionRecorder } from './rejections.js';

/** What decides whether work is accepted, and the hand-over of accepted work to the queue. */
@Module({
  imports: [LimitsModule, ModelsModule],
  providers: [
    { provide: APP_GUARD, useClass: AdmissionGuard },
    CreditGate,
    RejectionRecorder,
    PayloadLog,
    AwaitedJobs,
    {
      provide: AdmissionGate,
      inject: [PRODUCER, CONFIGURATION, LimitGate],
      useFactory: (producer: JobProducer, { MAX_QUEUE_DEPTH }: GatewayConfiguration, limits: LimitGate) =>
        new AdmissionGate(new OverloadGate((queue) => producer.depth(queue), MAX_QUEUE_DEPTH), limits),
    },
  ],
  exports: [CreditGate, AdmissionGate, RejectionRecorder, PayloadLog, AwaitedJobs],
})
export class AdmissionModule {}
