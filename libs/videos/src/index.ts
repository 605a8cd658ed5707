export * from './video-store.js';
export { videoOf } from './video-row.js';
export { videoStore } from './videos.js';
