export * from './payload-store.js';
export { payloadStore } from './payloads.js';
