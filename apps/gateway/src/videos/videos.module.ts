import type { ProviderAvailability } from '@lumenfall/catalog';
import type { MediaStore } from '@lumenfall/media';
import type { ProviderEndpoint } from '@lumenfall/providers';
import type { JobProducer, UsageAppender } from '@lumenfall/queue';
import { LOG, type Logger } from '@lumenfall/service-kit';
import type { VideoStore } from '@lumenfall/videos';
import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { AdmissionGate } from '../admission/admission-gate.js';
import { CreditGate } from '../admission/credit.js';
import type { MediaAddress } from '../media/media-address.js';
import { MediaModule } from '../media/media.module.js';
import type { CatalogSource } from '../models/live-catalog.js';
import { ModelsModule } from '../models/models.module.js';
import {
  AVAILABLE_PROVIDERS,
  CATALOG,
  DELETION,
  MEDIA,
  MEDIA_ADDRESS,
  PRODUCER,
  USAGE,
  PROVIDER_ENDPOINTS,
  VIDEO_STORE,
} from '../tokens.js';
import { sandboxOrigins } from '../uploads/settle-image.js';
import type { DeletionTools } from './delete-video.js';
import { VideosController } from './videos.controller.js';
import { Videos } from './videos.js';

@Module({
  imports: [AdmissionModule, ModelsModule, MediaModule],
  controllers: [VideosController],
  providers: [
    {
      provide: Videos,
      inject: [
        CATALOG,
        AVAILABLE_PROVIDERS,
        CreditGate,
        AdmissionGate,
        VIDEO_STORE,
        PRODUCER,
        LOG,
        MEDIA,
        MEDIA_ADDRESS,
        PROVIDER_ENDPOINTS,
      ],
      useFactory: (
        catalog: CatalogSource,
        available: ProviderAvailability[],
        credit: CreditGate,
        gate: AdmissionGate,
        videos: VideoStore,
        producer: JobProducer,
        log: Logger,
        media: MediaStore,
        addressOf: MediaAddress,
        endpoints: ProviderEndpoint[],
      ) =>
        new Videos({
          catalog,
          available,
          credit,
          gate,
          database: { videos },
          producer,
          log,
          media,
          addressOf,
          alsoFrom: sandboxOrigins(endpoints),
        }),
    },
    {
      provide: DELETION,
      inject: [VIDEO_STORE, MEDIA, PRODUCER, USAGE, LOG],
      useFactory: (
        videos: VideoStore,
        media: MediaStore,
        producer: JobProducer,
        usage: UsageAppender,
        log: Logger,
      ): DeletionTools => ({
        videos,
        media,
        producer,
        usage,
        log,
      }),
    },
  ],
})
export class VideosModule {}
