export * from './failures.js';
export * from './provider-http.js';
export * from './time-limits.js';
export * from './event-stream.js';
export * from './read-body.js';
export * from './own-origin.js';
export * from './network-failure.js';
export * from './fetch-media.js';
