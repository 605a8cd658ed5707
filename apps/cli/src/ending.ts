/** How a command ends: what it prints on standard output, or the one line on standard error that says why it cannot. */
export interface Ending {
  code: number;
  text?: string;
  error?: string;
}
