import { jest } from '@jest/globals';
import type { JobQueue } from '../backend.js';
import { jobProducer } from './producer.js';

describe('enqueueing on a slow engine', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const MB = 1_000_000;
  it.each<[string, number | undefined, number, string]>([
    ['small', undefined, 2_100, 'given up'],
    ['large', 15 * MB, 2_100, 'queued'],
    ['large', 15 * MB, 17_100, 'given up'],
  ])('waits for a %s payload of %p bytes that takes %d ms: it is %s', async (_, sizeBytes, takenMs, outcome) => {
    const add = () => new Promise((resolve) => setTimeout(resolve, takenMs));
    const producer = jobProducer(() => ({ add }) as unknown as JobQueue);
    const size = sizeBytes === undefined ? {} : { sizeBytes };
    const queued = producer.enqueue('video.poll', { requestId: 'r' }, { id: 'job', ...size }).then(
      () => 'queued',
      () => 'given up',
    );
    await jest.advanceTimersByTimeAsync(takenMs);
    expect(await queued).toBe(outcome);
  });
});
