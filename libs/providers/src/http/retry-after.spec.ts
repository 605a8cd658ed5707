import { readRetryAfter } from './retry-after.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('readRetryAfter', () => {
  it.each([
    [{ 'retry-after': '20' }, 20_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': ' ' }, null],
    [{}, null],
  ])('%j is %d ms', (headers, ms) => expect(readRetryAfter(headers, NOW)).toBe(ms));
});
