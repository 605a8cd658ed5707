import 'reflect-metadata';
import { deadline, systemClock, type Clock } from '@lumenfall/async';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { OperatorError, parseConfiguration, type Environment } from './configuration.js';
import { Readiness } from './health.js';
import { createLogger, nestLogger, type Logger } from './logger.js';
import type { ServiceDefinition, ServiceParts } from './service-definition.js';
import { ServiceRoot } from './service-root.js';

export interface RunningService {
  /** `http://host:port`, with the port really taken. */
  url: string;
  log: Logger;
  /** Null for a service without anything to reload. */
  reload: (() => void) | null;
  /**
   * Readiness off, running work finished, HTTP closed, the rest closed: in that order. A step that fails, or that
   * exceeds the grace period by `STEP_MARGIN_MS`, is logged and the next one follows: a lost database must not keep the
   * process.
   */
  close(): Promise<void>;
}

/** What a step may take beyond `SHUTDOWN_GRACE_MS`. */
export const STEP_MARGIN_MS = 10_000;

/** Builds a service and starts it in this process. Throws an `OperatorError` for a mistake in its configuration. */
export async function startService<C>(
  definition: ServiceDefinition<C>,
  environment: Environment,
  clock: Clock = systemClock,
): Promise<RunningService> {
  const configuration = parseConfiguration(definition.configuration, environment);
  const log = createLogger(definition.name, levelOf(configuration));
  const parts = await definition.build({ configuration, log });
  const readiness = new Readiness(() => parts.ready(app));
  const app: NestFastifyApplication = await NestFactory.create<NestFastifyApplication>(
    ServiceRoot.forRoot({ module: parts.module, configuration, log, readiness }),
    new FastifyAdapter({ forceCloseConnections: 'idle', ...parts.fastify }),
    { logger: nestLogger(log), abortOnError: false },
  );
  await parts.configure?.(app);
  await listen(app, parts, definition.name);
  await parts.start?.(app);
  readiness.started();
  const url = publicFormOf(await app.getUrl());
  log.info({ url }, 'ready');

  const limitMs = graceOf(configuration) + STEP_MARGIN_MS;
  const overdue = (): never => {
    throw new Error(`not finished after ${limitMs} ms`);
  };
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    readiness.closing();
    const steps = [...(parts.closeBeforeHttp ?? []), { name: 'http', run: () => closeHttp(app) }, ...parts.close];
    for (const step of steps) {
      try {
        await deadline(Promise.resolve(step.run(app)), limitMs, overdue, clock);
      } catch (error) {
        log.error({ err: error, step: step.name }, 'a shutdown step failed');
      }
    }
    log.info('closed');
  };
  const reload = parts.reload?.bind(parts);
  return { url, log, reload: reload ? () => reload(app) : null, close: () => (closed ??= close()) };
}

async function listen(app: NestFastifyApplication, parts: ServiceParts, name: string): Promise<void> {
  const { host, port } = parts.listen;
  try {
    await app.listen(port, host);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'EADDRINUSE') {
      throw new OperatorError(
        `${name}: port ${port} is in use. Stop the process that listens there, or set PORT to another port.`,
      );
    }
    if (code === 'EACCES')
      throw new OperatorError(`${name}: port ${port} may not be opened by this user. Set PORT above 1023.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new OperatorError(`${name}: HOST ${host} is not an address of this machine.`);
    }
    throw error;
  }
}

/**
 * Waits for running answers. Connections that become idle meanwhile are closed; their keep-alive would delay the end by
 * a minute.
 */
async function closeHttp(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpServer();
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
  }
}

function levelOf(configuration: unknown): string | undefined {
  if (typeof configuration !== 'object' || configuration === null || !('LOG_LEVEL' in configuration)) return undefined;
  return typeof configuration.LOG_LEVEL === 'string' ? configuration.LOG_LEVEL : undefined;
}

function graceOf(configuration: unknown): number {
  if (typeof configuration !== 'object' || configuration === null || !('SHUTDOWN_GRACE_MS' in configuration)) return 0;
  return typeof configuration.SHUTDOWN_GRACE_MS === 'number' ? configuration.SHUTDOWN_GRACE_MS : 0;
}

/** Clients cannot call a wildcard address. */
function publicFormOf(url: string): string {
  return url.replace('//[::]', '//127.0.0.1').replace('//0.0.0.0', '//127.0.0.1').replace('//[::1]', '//127.0.0.1');
}
