import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';
import type { z } from 'zod';
import type { Logger } from './logger.js';

/** A service as its `service.ts` declares it: what it must be told, and how it is put together. */
export interface ServiceDefinition<C> {
  name: string;
  /** Parsed once from the environment. `LOG_LEVEL` in it sets the logger's level. */
  configuration: z.ZodType<C>;
  build(context: { configuration: C; log: Logger }): Promise<ServiceParts>;
}

export interface ShutdownStep {
  name: string;
  run(): Promise<unknown>;
}

export interface ServiceParts {
  /** The Nest root module. `GET /livez`, `/readyz` and `/metrics` are added to it. */
  module: Type | DynamicModule;
  listen: { host: string; port: number };
  fastify?: FastifyServerOptions;
  /** Plugins, hooks and filters, before the service listens. */
  configure?(app: NestFastifyApplication): Promise<void> | void;
  /** Rejects with the reason while the service cannot do its work. */
  ready(): Promise<unknown>;
  /** After listening: begin to take work. */
  start?(): Promise<unknown>;
  /** At SIGHUP: read again what can change while the service runs. Without it the signal ends the process. */
  reload?(): void;
  /** First steps of a shutdown, while HTTP is still answered: stop taking work, finish what runs. */
  stopBeforeHttp?: ShutdownStep[];
  /** Last steps, after the last HTTP answer: close what the answers needed. */
  stop: ShutdownStep[];
}
