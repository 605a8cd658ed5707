import type { ImageRunStore } from '@lumenfall/image-runs';
import type { MediaStore } from '@lumenfall/media';
import { LOG, type Logger } from '@lumenfall/service-kit';
import { Module } from '@nestjs/common';
import { IMAGE_RUNS, MEDIA, MEDIA_ADDRESS } from '../tokens.js';
import { ExpirySweep } from './expiry-sweep.js';
import { mediaAddressBelow, PublicUrl } from './media-address.js';
import { MediaController } from './media.controller.js';

@Module({
  controllers: [MediaController],
  providers: [
    PublicUrl,
    {
      provide: MEDIA_ADDRESS,
      inject: [PublicUrl],
      useFactory: (url: PublicUrl) => mediaAddressBelow(() => url.current()),
    },
    {
      provide: ExpirySweep,
      inject: [MEDIA, IMAGE_RUNS, LOG],
      useFactory: (media: MediaStore, runs: ImageRunStore, log: Logger) =>
        new ExpirySweep({ files: () => media.sweep(Date.now()), 'image requests': () => runs.sweep() }, log),
    },
  ],
  exports: [MEDIA_ADDRESS, PublicUrl],
})
export class MediaModule {}
