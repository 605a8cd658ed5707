export * from './failure.js';
export * from './time-limits.js';
export * from './endpoint.js';
export * from './chat-provider.js';
export * from './image-provider.js';
export * from './video-provider.js';
export * from './provider-adapters.js';
