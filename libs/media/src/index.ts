export * from './content-type.js';
export * from './media-store.js';
export * from './measure-video.js';
export * from './open-media-store.js';
export { mediaShape } from './media-location.js';
export * from './image-format.js';
export * from './inspect-image.js';
