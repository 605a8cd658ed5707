/** Adds up Jest's JSON reports; a file that could not be run counts as one failure. */
export function sum(reports) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const report of reports) {
    total.passed += report.numPassedTests;
    total.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
    total.skipped += report.numPendingTests + report.numTodoTests;
  }
  return total;
}

export const closingLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** How many tests were skipped for which reason: the `[skipped, reason]` in a title, or the lack of one. */
export function skippedBecause(reports) {
  const reasons = new Map();
  for (const { testResults } of reports) {
    for (const { assertionResults } of testResults) {
      for (const { status, fullName } of assertionResults) {
        if (status !== 'pending' && status !== 'todo') continue;
        const reason = /\[skipped, ([^\]]+)\]/.exec(fullName)?.[1] ?? `${fullName} (no reason given)`;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
  }
  return reasons;
}
