import { jest } from '@jest/globals';
import { calmErrors } from './open-queue-engine.js';

it('calmErrors passes on an error with the same message at most every ten seconds', () => {
  jest.useFakeTimers();
  const reported: string[] = [];
  const onError = calmErrors(({ message }) => void reported.push(message));
  for (const message of ['refused', 'refused', 'timeout', 'refused']) onError(new Error(message));
  expect(reported).toEqual(['refused', 'timeout']);
  jest.advanceTimersByTime(10_001);
  onError(new Error('refused'));
  expect(reported).toEqual(['refused', 'timeout', 'refused']);
  jest.useRealTimers();
});
