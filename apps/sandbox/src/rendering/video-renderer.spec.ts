import { frameSizeOf, framesOf } from './video-renderer.js';

describe('the frames of a video', () => {
  it.each([
    [1280, 720, { width: 1280, height: 720 }],
    [641, 361, { width: 642, height: 362 }],
    [7680, 4320, { width: 3840, height: 2160 }],
    [99_999, 10, { width: 4096, height: 16 }],
  ])('of %i x %i are even and within the limit', (width, height, size) => {
    expect(frameSizeOf({ width, height })).toEqual(size);
  });

  it.each([
    [640, 360, 5, 25],
    [1280, 720, 5, 13],
    [1920, 1080, 12, 5],
    [3840, 2160, 8, 2],
  ])('of %i x %i and %i s are as few as their size requires', (width, height, seconds, frames) => {
    expect(framesOf({ width, height }, seconds)).toBe(frames);
  });

  it.each([1, 5, 8, 12.5, 60])('last exactly %d s together', (seconds) => {
    const frames = framesOf({ width: 1280, height: 720 }, seconds);
    expect(Number.isInteger((90_000 * frames) / seconds)).toBe(true);
  });
});
