import { frameSizeOf } from './frame-size.js';

describe('frame size', () => {
  it.each([
    [16 / 9, { width: 640, height: 360 }],
    [9 / 16, { width: 360, height: 640 }],
    [1, { width: 480, height: 480 }],
    [1000, { width: 960, height: 240 }],
  ])('for a ratio of %d', (ratio, size) => {
    expect(frameSizeOf(ratio)).toEqual(size);
  });
});
