import type { BillingClient } from '@lumenfall/billing-client';
import type { ApiKeyStore } from '@lumenfall/accounts';
import type { MediaStore } from '@lumenfall/media';
import type { VideoStore } from '@lumenfall/videos';
import { Module, type DynamicModule } from '@nestjs/common';
import { AccountController } from './account/account.controller.js';
import { ChatController } from './chat/chat.controller.js';
import { Chats } from './chat/chats.js';
import { ImagePlanner } from './images/image-planner.js';
import { Images } from './images/image-admission.js';
import { ImagesController } from './images/images.controller.js';
import type { MediaAddress } from './media/media-address.js';
import { MediaController } from './media/media.controller.js';
import type { CatalogSource } from './models/live-catalog.js';
import { ModelsController } from './models/models.controller.js';
import { BILLING, CATALOG, DATABASE, DELETION, MEDIA, MEDIA_ADDRESS } from './tokens.js';
import type { DeletionTools } from './videos/delete-video.js';
import { Videos } from './videos/videos.js';
import { VideosController } from './videos/videos.controller.js';

export interface GatewayRooms {
  billing: BillingClient;
  catalog: CatalogSource;
  database: { apiKeys: ApiKeyStore; videos: VideoStore };
  media: MediaStore;
  addressOf: MediaAddress;
  chats: Chats;
  imagePlanner: ImagePlanner;
  images: Images;
  videos: Videos;
  deletion: DeletionTools;
}

@Module({})
export class GatewayModule {
  static with(rooms: GatewayRooms): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [
        ChatController,
        ImagesController,
        VideosController,
        ModelsController,
        AccountController,
        MediaController,
      ],
      providers: [
        { provide: Chats, useValue: rooms.chats },
        { provide: ImagePlanner, useValue: rooms.imagePlanner },
        { provide: Images, useValue: rooms.images },
        { provide: Videos, useValue: rooms.videos },
        { provide: BILLING, useValue: rooms.billing },
        { provide: CATALOG, useValue: rooms.catalog },
        { provide: DATABASE, useValue: rooms.database },
        { provide: MEDIA, useValue: rooms.media },
        { provide: MEDIA_ADDRESS, useValue: rooms.addressOf },
        { provide: DELETION, useValue: rooms.deletion },
      ],
    };
  }
}
