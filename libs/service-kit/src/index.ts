export * from './configuration.js';
export * from './logger.js';
export { OperatorError } from './operator-error.js';
export * from './service-definition.js';
export * from './start-service.js';
export * from './serve.js';
export { metrics } from './health/metrics.js';
