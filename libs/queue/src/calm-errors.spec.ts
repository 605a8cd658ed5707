import { jest } from '@jest/globals';
import { calmErrors } from './calm-errors.js';

it('tells the same error again only after a while', () => {
  jest.useFakeTimers();
  const told: string[] = [];
  const onError = calmErrors(({ message }) => void told.push(message));
  for (const message of ['refused', 'refused', 'timeout', 'refused']) onError(new Error(message));
  expect(told).toEqual(['refused', 'timeout']);
  jest.advanceTimersByTime(10_001);
  onError(new Error('refused'));
  expect(told).toEqual(['refused', 'timeout', 'refused']);
  jest.useRealTimers();
});
