import { Module } from '@nestjs/common';
import { MediaModule } from '../media/media.module.js';
import { AccountController } from './account.controller.js';
import { PayloadsController } from './payloads.controller.js';
import { RequestsController } from './requests.controller.js';

@Module({ imports: [MediaModule], controllers: [AccountController, RequestsController, PayloadsController] })
export class AccountModule {}
