export * from './engine.js';
export * from './open-queue-engine.js';
export { EngineRefused, QueueUnavailable, ReplyTooLarge } from './queue-errors.js';
