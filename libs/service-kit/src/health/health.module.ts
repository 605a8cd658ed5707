import { Module, type DynamicModule } from '@nestjs/common';
import type { ServiceParts } from '../service-definition.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

@Module({})
export class ServiceRoot {
  static around(module: ServiceParts['module'], readiness: Readiness): DynamicModule {
    return {
      module: ServiceRoot,
      imports: [module],
      controllers: [HealthController],
      providers: [{ provide: Readiness, useValue: readiness }],
    };
  }
}
