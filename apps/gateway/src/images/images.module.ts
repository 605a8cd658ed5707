import type { ProviderAvailability } from '@lumenfall/catalog';
import type { ImageRunStore } from '@lumenfall/image-runs';
import type { MediaStore } from '@lumenfall/media';
import type { ProviderEndpoint } from '@lumenfall/providers';
import type { JobProducer } from '@lumenfall/queue';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AdmissionGate } from '../admission/admission-gate.js';
import { CreditGate } from '../admission/credit.js';
import { AwaitedJobs } from '../answers/awaited-jobs.js';
import type { MediaAddress } from '../media/media-address.js';
import { MediaModule } from '../media/media.module.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { ModelsModule } from '../models/models.module.js';
import {
  AVAILABLE_PROVIDERS,
  CATALOG,
  IMAGE_RUNS,
  MEDIA,
  MEDIA_ADDRESS,
  PRODUCER,
  PROVIDER_ENDPOINTS,
} from '../tokens.js';
import { sandboxOrigins } from '../uploads/settle-image.js';
import { ImagePlanner } from './image-planner.js';
import { IdempotentReplay } from './idempotent-replay.js';
import { Images } from './image-admission.js';
import { ImagesController } from './images.controller.js';

@Module({
  imports: [AdmissionModule, ModelsModule, MediaModule],
  controllers: [ImagesController],
  providers: [
    {
      provide: ImagePlanner,
      inject: [CATALOG, AVAILABLE_PROVIDERS, MEDIA, MEDIA_ADDRESS, PROVIDER_ENDPOINTS],
      useFactory: (
        catalog: CatalogSource,
        available: ProviderAvailability[],
        media: MediaStore,
        addressOf: MediaAddress,
        endpoints: ProviderEndpoint[],
      ) => new ImagePlanner({ catalog, available, media, addressOf, alsoFrom: sandboxOrigins(endpoints) }),
    },
    {
      provide: IdempotentReplay,
      inject: [IMAGE_RUNS, PRODUCER, MEDIA, CreditGate, LOG],
      useFactory: (runs: ImageRunStore, producer: JobProducer, media: MediaStore, credit: CreditGate, log: Logger) =>
        new IdempotentReplay({ runs, producer, media, credit, log }),
    },
    {
      provide: Images,
      inject: [CreditGate, AdmissionGate, AwaitedJobs, IdempotentReplay, LOG],
      useFactory: (credit: CreditGate, gate: AdmissionGate, jobs: AwaitedJobs, replay: IdempotentReplay, log: Logger) =>
        new Images({ credit, gate, jobs, replay, log }),
    },
  ],
})
export class ImagesModule {}
