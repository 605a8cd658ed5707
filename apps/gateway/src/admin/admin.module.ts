import { Module } from '@nestjs/common';
import { ModelsModule } from '../models/models.module.js';
import { AdminController } from './admin.controller.js';
import { AdminPricesController } from './admin-prices.controller.js';
import { Operations } from './operations.js';

/** The operator's HTTP API. It is part of the gateway only if `ADMIN_TOKEN` is set. */
@Module({
  imports: [ModelsModule],
  controllers: [AdminController, AdminPricesController],
  providers: [Operations],
})
export class AdminModule {}
