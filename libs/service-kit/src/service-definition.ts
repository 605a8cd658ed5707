import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { z } from 'zod';
import type { Logger } from './logger.js';

/** A service as its `service.ts` declares it: its configuration and its parts. */
export interface ServiceDefinition<C> {
  name: string;
  /** Parsed once from the environment. `LOG_LEVEL` in it sets the logger's level. */
  configuration: z.ZodType<C>;
  build(context: { configuration: C; log: Logger }): Promise<ServiceParts>;
}

export interface ShutdownStep {
  name: string;
  run(app: NestFastifyApplication): Promise<unknown>;
}

export interface ServiceParts {
  /** The Nest root module. `GET /livez`, `/readyz`, `/metrics`, `LOG` and `CONFIGURATION` are added to it. */
  module: Type | DynamicModule;
  listen: { host: string; port: number };
  fastify?: FastifyServerOptions;
  /** Plugins and hooks, before the routes are registered. */
  configure?(app: NestFastifyApplication): Promise<void> | void;
  /** Rejects with the reason while the service cannot do its work. */
  ready(app: NestFastifyApplication): Promise<unknown>;
  /** After listening: begins to take work. */
  start?(app: NestFastifyApplication): Promise<unknown>;
  /** On SIGHUP: reads again what can change while the service runs. Without it the signal ends the process. */
  reload?(app: NestFastifyApplication): void;
  /** First steps of a shutdown, while HTTP is still answered: stop taking work, finish running work. */
  closeBeforeHttp?: ShutdownStep[];
  /** Last steps, after the last HTTP answer: close connections and stores. */
  close: ShutdownStep[];
}
