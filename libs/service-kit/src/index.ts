export * from './configuration.js';
export * from './logger.js';
export * from './expected-failure.js';
export * from './exception-filter.js';
export { metrics, Readiness } from './health.js';
export * from './service-root.js';
export * from './service-definition.js';
export * from './start-service.js';
export * from './serve.js';
