import { pixelSize } from './pixel-size.js';
import { readShape } from './shape.js';

type Bounds = Parameters<typeof pixelSize>[1];

const bounds = (more: Partial<Bounds>): Bounds => ({ block: 16, min: 64, max: 4096, scale: 1024, ...more });
/** Seedream 4 at fal. */
const SEEDREAM_4: Partial<Bounds> = { min: 960, max: 4096, min_area: 921_600, scale: 2048 };
const sized = (size: string, more: Partial<Bounds>): string => {
  const pixels = pixelSize(readShape({ size }), bounds(more));
  return pixels === null ? 'open' : `${pixels.width}x${pixels.height}`;
};

describe('pixelSize', () => {
  it.each<[string, Partial<Bounds>, string]>([
    // Rounded to the nearest block these would have more pixels than the model makes, and fewer than it can.
    ['3000x2764', { max: 3840, max_area: 8_294_400 }, '2992x2752'],
    ['1930x1911', { min_area: 3_686_400 }, '1936x1920'],
    // A shape that cannot have the least area within the longest side becomes less long.
    ['1:20', { min_area: 3_686_400, scale: 2048 }, '912x4096'],
    ['20:1', { min_area: 3_686_400, scale: 2048 }, '4096x912'],
    ['64x4096', { max: 2048, min: 512 }, '512x2048'],
    // A model with bounds of shape.
    ['4000x500', { max: 3840, max_ratio: 3 }, '3840x1280'],
    ['1:9', { max_ratio: 3 }, '592x1776'],
    ['2:1', { max_ratio: 3 }, '1456x720'],
    ['auto', {}, 'open'],
  ])('%s within %j is %s', (size, more, expected) => expect(sized(size, more)).toBe(expected));

  it.each([
    ['16:9', '1K', '1712x960'],
    ['9:16', '1K', '960x1712'],
    ['3:2', '1K', '1440x960'],
    ['21:9', '1K', '2240x960'],
    ['1:1', '1K', '1024x1024'],
    ['16:9', '2K', '2048x1152'],
    ['16:9', '4K', '4096x2304'],
  ])('keeps the ratio %s at %s although the model has a least side', (aspectRatio, resolution, expected) => {
    const pixels = pixelSize(readShape({ aspectRatio, resolution }), bounds(SEEDREAM_4));
    expect(`${pixels?.width}x${pixels?.height}`).toBe(expected);
  });

  it('keeps every bound and, up to a block, the ratio', () => {
    const limits: Partial<Bounds>[] = [
      { max: 3840, min_area: 655_360, max_area: 8_294_400, max_ratio: 3 },
      { max: 4096, min_area: 3_686_400, scale: 2048 },
      { max: 3072, min_area: 3_686_400, max_area: 9_437_184, scale: 2048 },
      { min: 384, max: 1440, min_area: 589_824, max_area: 2_073_600, max_ratio: 4 },
      { min: 512, max: 2048 },
      { min: 256, max: 1440, block: 32 },
      SEEDREAM_4,
    ];
    const sides = [1, 63, 100, 333, 720, 1000, 1024, 1911, 2764, 3000, 4096, 9999];
    for (const more of limits) {
      const { min, max, block, min_area = 0, max_area = Infinity, max_ratio = Infinity } = bounds(more);
      for (const width of sides) {
        for (const height of sides) {
          const made = pixelSize(readShape({ size: `${width}x${height}` }), bounds(more));
          if (made === null) throw new Error('Nothing was asked');
          const [short, long] = [Math.min(made.width, made.height), Math.max(made.width, made.height)];
          const said = `${width}x${height} became ${made.width}x${made.height}`;
          expect([said, short % block, long % block]).toEqual([said, 0, 0]);
          expect([said, short >= min, long <= max]).toEqual([said, true, true]);
          expect([said, short * long >= min_area, short * long <= max_area]).toEqual([said, true, true]);
          // Rounding changes each side by at most a block.
          expect([said, long / (short + block) <= max_ratio]).toEqual([said, true]);
          const longest = Math.min(max_ratio, max / min, min_area === 0 ? Infinity : max ** 2 / min_area);
          const ratio = Math.min(longest, Math.max(1 / longest, width / height));
          const [least, most] = [
            (made.width - block) / (made.height + block),
            (made.width + block) / (made.height - block),
          ];
          expect([said, least <= ratio, ratio <= most]).toEqual([said, true, true]);
        }
      }
    }
  });
});
