export * from './failure.js';
export * from './call-context.js';
export * from './reported-usage.js';
export * from './chat-provider.js';
export * from './image-provider.js';
export * from './video-provider.js';
export * from './provider-adapters.js';
