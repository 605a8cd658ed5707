export * from './engine.js';
export * from './open-queue-engine.js';
export * from './usage-log/usage-log.js';
export type * from './limits/limit-counters.js';
export { EngineRefused, QueueUnavailable, ReplyTooLarge } from './queue-errors.js';
