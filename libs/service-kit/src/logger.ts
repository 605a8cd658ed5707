import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import { isForOperator } from './configuration.js';

export type { Logger };

/**
 * Writes JSON lines to standard output, each with the service's name. Callers never pass keys, prompts or bodies to a
 * logger; the redaction is a second safeguard.
 */
export function createLogger(service: string, level = 'info'): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['authorization', '*.authorization', 'headers.authorization', 'apiKey', '*.apiKey'],
      censor: '[redacted]',
    },
  });
}

/** Nest's messages through the service's logger; those of the start are at level `debug`. */
export function nestLogger(log: Logger): LoggerService {
  const context = (rest: unknown[]): { context?: string } => {
    const last = rest.at(-1);
    return typeof last === 'string' ? { context: last } : {};
  };
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug(context(rest), String(message)),
    debug: (message: unknown, ...rest: unknown[]) => log.debug(context(rest), String(message)),
    verbose: (message: unknown, ...rest: unknown[]) => log.trace(context(rest), String(message)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn(context(rest), String(message)),
    error: (message: unknown, ...rest: unknown[]) => {
      // Nest logs what a factory throws. The start prints a mistake of the operator itself, as one line.
      if (isForOperator(message)) return;
      log.error({ ...context(rest), err: message instanceof Error ? message : undefined }, String(message));
    },
    fatal: (message: unknown, ...rest: unknown[]) => log.fatal(context(rest), String(message)),
  };
}
