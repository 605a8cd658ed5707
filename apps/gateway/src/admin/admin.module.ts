import { Module } from '@nestjs/common';
import { AdminController } from './admin.controller.js';
import { Operations } from './operations.js';

/** The operator's HTTP API. It is part of the gateway only if `ADMIN_TOKEN` is set. */
@Module({ controllers: [AdminController], providers: [Operations] })
export class AdminModule {}
