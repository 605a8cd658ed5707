import { Controller, Get, Header, Inject, Module, Res, type DynamicModule } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { metrics, Readiness } from './health.js';
import type { Logger } from './logger.js';
import type { ServiceParts } from './service-definition.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by `@Public()`: the route needs no API key. */
    public?: boolean;
  }
}

/** Injection token of the service's `Logger`, in every module. */
export const LOG = Symbol('log');
/** Injection token of the service's parsed configuration, in every module. */
export const CONFIGURATION = Symbol('configuration');

/** Marks a route as open without an API key. It becomes the route's Fastify configuration, which hooks can read. */
export const Public = (): MethodDecorator & ClassDecorator => RouteConfig({ public: true });

/** Liveness, readiness and metrics of every service, without a key. */
@Controller()
export class HealthController {
  constructor(@Inject(Readiness) private readonly readiness: Readiness) {}

  @Public()
  @Get('livez')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Public()
  @Get('readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<{ status: string; reason?: string }> {
    const reason = await this.readiness.reasonAgainst();
    if (reason === null) return { status: 'ok' };
    void reply.status(503);
    return { status: 'unavailable', reason };
  }

  @Public()
  @Get('metrics')
  @Header('Content-Type', metrics.contentType)
  figures(): Promise<string> {
    return metrics.metrics();
  }
}

export interface ServiceRootOptions {
  module: ServiceParts['module'];
  configuration: unknown;
  log: Logger;
  readiness: Readiness;
}

/**
 * The root of every service's Nest application: the service's own module, its configuration and logger, and its health.
 */
@Module({})
export class ServiceRoot {
  static forRoot({ module, configuration, log, readiness }: ServiceRootOptions): DynamicModule {
    const providers = [
      { provide: CONFIGURATION, useValue: configuration },
      { provide: LOG, useValue: log },
      { provide: Readiness, useValue: readiness },
    ];
    return {
      module: ServiceRoot,
      global: true,
      imports: [module],
      controllers: [HealthController],
      providers,
      exports: [CONFIGURATION, LOG],
    };
  }
}
