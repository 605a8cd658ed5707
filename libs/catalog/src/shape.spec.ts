import { nearestNumber, nearestRatio, nearestSize, nearestTier, readShape, readTier } from './shape.js';

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'];
const GPT = ['1024x1024', '1536x1024', '1024x1536'];
const SORA = ['1280x720', '720x1280', '1792x1024', '1024x1792'];

describe('readShape', () => {
  it.each([
    [{ size: '1920x1080' }, 1920 / 1080, 1920],
    [{ size: '1024x1536', aspectRatio: '1:1', resolution: '4K' }, 1024 / 1536, 1536],
    [{ size: '16:9' }, 16 / 9, null],
    [{ size: '16:9', resolution: '2K' }, 16 / 9, 2048],
    [{ aspectRatio: '9:16', resolution: '0.5k' }, 9 / 16, 512],
    [{ aspectRatio: '2.39:1' }, 2.39, null],
    [{ resolution: '4K' }, null, 4096],
    [{ size: 'auto' }, null, null],
    [{ size: 'auto', aspectRatio: '3:2' }, 1.5, null],
    [{ aspectRatio: 'auto', resolution: 'auto' }, null, null],
    [{ aspectRatio: '0:0' }, null, null],
    [{}, null, null],
  ])('%j is the ratio %d at %d pixels', (asked, ratio, longSide) => {
    const shape = readShape(asked);
    expect(shape.longSide).toBe(longSide);
    if (ratio === null) expect(shape.ratio).toBeNull();
    else expect(shape.ratio).toBeCloseTo(ratio);
  });
});

describe('readTier', () => {
  it.each([
    ['1K', 1024],
    ['2k', 2048],
    ['0.5K', 512],
    ['1080p', 1920],
    ['720p', 1280],
    ['1536x1024', 1536],
    ['huge', null],
    ['0K', null],
  ])('%s is %d pixels', (text, pixels) => expect(readTier(text)).toBe(pixels));
});

describe('nearestRatio', () => {
  it.each([
    [16 / 9, '16:9'],
    [1, '1:1'],
    [1.05, '1:1'],
    [1.2, '5:4'],
    [0.5, '9:16'],
    [3, '21:9'],
    [100, '21:9'],
    [1.6, '3:2'], // |ln(1.6/1.5)| = 0.065, |ln(1.6/1.778)| = 0.105
  ])('of the ten documented ratios, %d is nearest to %s', (ratio, name) =>
    expect(nearestRatio(ratio, RATIOS)).toBe(name),
  );

  it('nearestRatio returns null for an empty list', () => expect(nearestRatio(1, [])).toBeNull());
});

describe('nearestTier', () => {
  it.each([
    [1024, '1K'],
    [1400, '1K'],
    [1500, '2K'],
    [2896, '2K'], // a hair under the geometric mean of 2K and 4K
    [2897, '4K'],
    [99999, '4K'],
  ])('%d pixels are nearest to %s', (pixels, tier) => expect(nearestTier(pixels, ['1K', '2K', '4K'])).toBe(tier));
});

describe('nearestSize', () => {
  it.each([
    ['1024x1024', GPT, '1024x1024'],
    ['1792x1024', GPT, '1536x1024'],
    ['9:16', GPT, '1024x1536'],
    ['512x512', GPT, '1024x1024'],
    ['4:3', GPT, '1536x1024'],
    ['auto', GPT, '1024x1024'],
    ['1280x720', SORA, '1280x720'],
    ['1920x1080', SORA, '1792x1024'], // same shape, nearer scale
    ['1792x1024', SORA, '1792x1024'],
    ['9:16', SORA, '720x1280'],
  ])('%s of %j is %s', (asked, sizes, size) => expect(nearestSize(readShape({ size: asked }), sizes)).toBe(size));
});

it('nearestSize keeps the ratio if the names have no scale', () =>
  expect(nearestSize(readShape({ aspectRatio: '2:1', resolution: '4K' }), ['16:9', '9:16'])).toBe('16:9'));

describe('nearestNumber', () => {
  it.each([
    [5, [4, 8, 12], 4],
    [6, [4, 8, 12], 8], // equally near: the larger wins
    [100, [4, 8, 12], 12],
    [5, [5, 10], 5],
    [3, [], null],
  ])('%d among %j is %d', (wanted, numbers, number) => expect(nearestNumber(wanted, numbers)).toBe(number));
});
