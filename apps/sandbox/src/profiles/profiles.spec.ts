import { drawFailure, drawLatency, seededRandom } from './profiles.js';

const many = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('the draws of a profile', () => {
  it('repeat with the same seed and name, and differ with another of either', () => {
    const numbers = (seed: number, name: string) => many(5, seededRandom(seed, name));
    expect(numbers(42, 'fal')).toEqual(numbers(42, 'fal'));
    expect(numbers(42, 'fal')).not.toEqual(numbers(43, 'fal'));
    expect(numbers(42, 'fal')).not.toEqual(numbers(42, 'vertex'));
    expect(numbers(0, 'fal')).not.toEqual(numbers(0, 'openai'));
  });

  it('are even and independent of each other', () => {
    const numbers = many(20_000, seededRandom(7, 'openai'));
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
      expect(inside / numbers.length).toBeCloseTo(0.1, 1.8);
    }
    const both = numbers.filter((number, index) => number < 0.3 && (numbers[index + 1] ?? 1) < 0.3).length;
    expect(both / numbers.length).toBeCloseTo(0.09, 1.8);
  });

  it('have each failure with its share', () => {
    const random = seededRandom(42, 'fal');
    const failures = { 500: 0.2, 429: 0.05, empty: 0.02, hang: 0 };
    const drawn = many(20_000, () => drawFailure(failures, random));
    const share = (failure: string | null) => drawn.filter((found) => found === failure).length / drawn.length;
    expect(share('500')).toBeCloseTo(0.2, 1.8);
    expect(share('429')).toBeCloseTo(0.05, 1.8);
    expect(share('empty')).toBeCloseTo(0.02, 1.8);
    expect(share('hang')).toBe(0);
    expect(share(null)).toBeCloseTo(0.73, 1.8);
  });

  it.each([
    [{ 500: 1 }, '500'],
    [{ 500: 0 }, null],
    [{}, null],
  ])('with the shares %j are always the same', (failures, end) => {
    const random = seededRandom(1, 'x');
    expect(new Set(many(1_000, () => drawFailure(failures, random)))).toEqual(new Set([end]));
  });

  it('keep a fixed latency, and spread another around its median and 95th percentile', () => {
    const random = seededRandom(42, 'openai');
    expect(new Set(many(10, () => drawLatency(200, random)))).toEqual(new Set([200]));
    const sorted = many(20_000, () => drawLatency({ p50: 800, p95: 5_000 }, random)).sort((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? 0;
    expect(quantile(0.5) / 800).toBeCloseTo(1, 1);
    expect(quantile(0.95) / 5_000).toBeCloseTo(1, 1);
    expect(sorted[0]).toBeGreaterThan(0);
  });

  it('have the same failures, whether the latency is fixed or spread', () => {
    const ends = (latency: number | { p50: number; p95: number }) => {
      const random = seededRandom(3, 'gemini');
      return many(200, () => {
        drawLatency(latency, random);
        return drawFailure({ 500: 0.5 }, random);
      });
    };
    expect(ends(5)).toEqual(ends({ p50: 5, p95: 9 }));
  });
});
