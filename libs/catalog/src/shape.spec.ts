import { askedShape, nearestNumber, nearestSize, nearestTier, parseSides } from './shape.js';

describe('the asked shape', () => {
  it.each([
    [{ size: '1536x1024', aspectRatio: '9:16', resolution: '4K' }, { ratio: 1.5, longSide: 1536 }],
    [{ size: '16:9', aspectRatio: '1:1', resolution: '2K' }, { ratio: 16 / 9, longSide: 2048 }],
    [{ size: null, aspectRatio: '1:2', resolution: null }, { ratio: 0.5, longSide: null }],
    [{ size: 'auto', aspectRatio: null, resolution: '0.5k' }, { ratio: null, longSide: 512 }],
    [{ size: null, aspectRatio: null, resolution: 'auto' }, { ratio: null, longSide: null }],
  ])('of %p is %p', (fields, expected) => {
    expect(askedShape(fields)).toEqual(expected);
  });

  it('of what is no size is nothing', () => {
    expect([parseSides('0x10'), parseSides('huge'), parseSides(undefined)]).toEqual([null, null, null]);
  });
});

describe('the nearest', () => {
  const sizes = ['1024x1024', '1536x1024', '1024x1536'];

  it.each([
    [null, '1024x1024'],
    [16 / 9, '1536x1024'],
    [9 / 16, '1024x1536'],
    [1.2, '1024x1024'],
    [1.25, '1536x1024'], // ln 1.25 > ln 1.5 / 2: geometric, not arithmetic
  ])('size to the ratio %p is %s', (ratio, expected) => {
    expect(nearestSize(sizes, ratio)).toBe(expected);
  });

  it.each([
    [null, '1K'],
    [512, '1K'],
    [1400, '1K'],
    [1500, '2K'],
    [9000, '4K'],
  ])('tier to %p pixels is %s', (pixels, expected) => {
    expect(nearestTier(['1K', '2K', '4K'], pixels)).toBe(expected);
  });

  it('length to 7 seconds of 4, 8 and 12 is 8, and to none the first', () => {
    expect([nearestNumber([4, 8, 12], 7), nearestNumber([4, 8, 12], null)]).toEqual([8, 4]);
  });
});
