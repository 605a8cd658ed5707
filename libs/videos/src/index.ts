export { cancellationOf } from './cancellation.js';
export {
  assertLegalMove,
  isTerminal,
  jobOf,
  TERMINAL_VIDEO_STATES,
  VIDEO_STATES,
  type VideoState,
} from './video-state.js';
export * from './video-store.js';
export { videoOf } from './video-row.js';
export { videoStore } from './videos.js';
