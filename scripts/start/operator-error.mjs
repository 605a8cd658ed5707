/** A failure that the person at the keyboard can mend: shown as its one line, without a stack, exit code 1. */
export class OperatorError extends Error {
  name = 'OperatorError';
}

/** Prints a failure as far as it helps its reader: one line for the operator, the stack for a bug. */
export function explain(error) {
  if (error instanceof OperatorError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
