/** A mistake of whoever runs the service. Its message is one line that says what to do; the process exits with code 1. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
