import type { ImageRunStore } from '@lumenfall/image-runs';
import type { MediaStore } from '@lumenfall/media';
import type { PayloadStore } from '@lumenfall/payloads';
import { LOG, type Logger } from '@lumenfall/service-kit';
import type { VideoStore } from '@lumenfall/videos';
import { Module } from '@nestjs/common';
import { resumePurges, type PurgeTools } from '../account/purge-payloads.js';
import { IMAGE_RUNS, MEDIA, MEDIA_ADDRESS, PAYLOADS, PURGE, VIDEO_STORE } from '../tokens.js';
import { ExpirySweep } from './expiry-sweep.js';
import { mediaAddressBelow, PublicUrl } from './media-address.js';
import { MediaController } from './media.controller.js';

@Module({
  controllers: [MediaController],
  providers: [
    PublicUrl,
    {
      provide: PURGE,
      inject: [PAYLOADS, IMAGE_RUNS, VIDEO_STORE, MEDIA, LOG],
      useFactory: (
        payloads: PayloadStore,
        imageRuns: ImageRunStore,
        videos: VideoStore,
        media: MediaStore,
        log: Logger,
      ): PurgeTools => ({ payloads, imageRuns, videos, media, log }),
    },
    {
      provide: MEDIA_ADDRESS,
      inject: [PublicUrl],
      useFactory: (url: PublicUrl) => mediaAddressBelow(() => url.current()),
    },
    {
      provide: ExpirySweep,
      inject: [MEDIA, IMAGE_RUNS, PAYLOADS, PURGE, LOG],
      useFactory: (media: MediaStore, runs: ImageRunStore, payloads: PayloadStore, purge: PurgeTools, log: Logger) =>
        new ExpirySweep(
          {
            files: () => media.sweep(Date.now()),
            'image requests': () => runs.sweep(),
            payloads: () => payloads.sweep(),
            'files of purged requests': () => resumePurges(purge),
          },
          log,
        ),
    },
  ],
  exports: [MEDIA_ADDRESS, PublicUrl, PURGE],
})
export class MediaModule {}
