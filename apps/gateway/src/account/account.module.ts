import { Module } from '@nestjs/common';
import { AccountController } from './account.controller.js';
import { RequestsController } from './requests.controller.js';

@Module({ controllers: [AccountController, RequestsController] })
export class AccountModule {}
