export { Batcher, type BatchLimits, type BatchWork } from './batcher.js';
export { pause, systemClock, type Clock, type PauseOptions } from './clock.js';
export { deadline } from './deadline.js';
export { startPeriodicTask, type PeriodicTask, type PeriodicTaskOptions } from './periodic-task.js';
export { retry, type RetryOptions } from './retry.js';
