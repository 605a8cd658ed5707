import { Module } from '@nestjs/common';
import { AdmissionModule } from '../admission/admission.module.js';
import { ModelsModule } from '../models/models.module.js';
import { ChatController } from './chat.controller.js';
import { Chats } from './chats.js';

@Module({ imports: [AdmissionModule, ModelsModule], controllers: [ChatController], providers: [Chats] })
export class ChatModule {}
