/** A failure that the operator can repair: printed as one line without a stack; exit code 1. */
export class OperatorError extends Error {
  name = 'OperatorError';
}

/** The text to print for a failure: one line for an OperatorError, the stack for a bug. */
export function explain(error) {
  if (error instanceof OperatorError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
