import { closingLine, skippedBecause, sum } from './results.mjs';

const report = (passed: number, more: object = {}) => ({
  ...{ numPassedTests: passed, numFailedTests: 0, numRuntimeErrorTestSuites: 0, numPendingTests: 0, numTodoTests: 0 },
  testResults: [] as object[],
  ...more,
});

describe('the result of npm test', () => {
  it('counts a file that could not run as one failure', () => {
    const reports = [report(3), report(4, { numFailedTests: 1, numRuntimeErrorTestSuites: 1, numPendingTests: 2 })];
    expect(closingLine(sum(reports))).toBe('7 passed, 2 failed, 2 skipped');
  });

  it('counts the skipped tests by reason', () => {
    const assertionResults = [
      { status: 'pending', fullName: 'on Redis [skipped, no Redis: x] a chat' },
      { status: 'pending', fullName: 'on Redis [skipped, no Redis: x] an image' },
      { status: 'passed', fullName: 'y' },
    ];
    expect([...skippedBecause([report(0, { testResults: [{ assertionResults }] })])]).toEqual([['no Redis: x', 2]]);
  });
});
