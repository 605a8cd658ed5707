/** The exit codes, as docs/operating.md documents them. */
export const EXIT = { done: 0, failed: 1, usage: 2, unknown: 3 } as const;

/** The result of a command: its exit code, and the text for standard output or the line for standard error. */
export interface CommandOutcome {
  code: number;
  text?: string;
  error?: string;
}
