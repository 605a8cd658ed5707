import { pino, type Logger } from 'pino';

export type { Logger };

/**
 * JSON lines on standard output, each with the service's name. What must never be logged (keys, prompts, bodies) is not
 * handed to a logger in the first place; the redaction below is the second lock.
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
