import { Module, type DynamicModule } from '@nestjs/common';
import { AnthropicController } from './anthropic/anthropic.controller.js';
import { BflController } from './bfl/bfl.controller.js';
import { ChatController } from './chat/chat.controller.js';
import { FalController } from './fal/fal.controller.js';
import { FilesController } from './files/files.controller.js';
import { FireworksController } from './fireworks/fireworks.controller.js';
import { GeminiController } from './gemini/gemini.controller.js';
import { ImagesController } from './images/images.controller.js';
import { JournalController } from './journal/journal.controller.js';
import { TallyController } from './journal/tally.controller.js';
import { ProfileController } from './profiles/profile.controller.js';
import { ReplicateController } from './replicate/replicate.controller.js';
import { RunwareController } from './runware/runware.controller.js';
import { Stage } from './stage.js';
import { VertexController } from './vertex/vertex.controller.js';
import { VideosController } from './videos/videos.controller.js';
import { XaiController } from './xai/xai.controller.js';

/** Every protocol that is played, around one stage. */
@Module({
  controllers: [
    ChatController,
    AnthropicController,
    ImagesController,
    VideosController,
    GeminiController,
    VertexController,
    FalController,
    ReplicateController,
    BflController,
    XaiController,
    FireworksController,
    RunwareController,
    FilesController,
    JournalController,
    TallyController,
    ProfileController,
  ],
})
export class SandboxModule {
  static on(stage: Stage): DynamicModule {
    return { module: SandboxModule, providers: [{ provide: Stage, useValue: stage }] };
  }
}
