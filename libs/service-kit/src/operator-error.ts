/** A mistake of whoever runs the service. Its message is one line that says what to do; the process exits with code 1. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly forOperator = true;
}

/** Libraries that know nothing of services mark such an error of theirs in the same way. */
export function isForOperator(error: unknown): error is Error {
  return error instanceof Error && 'forOperator' in error && error.forOperator === true;
}
