export * from './image-run-store.js';
export { imageRunStore } from './image-runs.js';
