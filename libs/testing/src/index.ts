export * from './redis.js';
export * from './postgres.js';
export * from './wait.js';
export * from './services/free-port.js';
export * from './services/postgres-service.js';
export * from './services/redis-service.js';
export * from './builders/plan.js';
export * from './builders/request.js';
