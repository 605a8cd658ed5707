import type { OperationName, OutputOf } from '@lumenfall/operator';

/** How the output of an operation is printed. */
export interface Presentation<N extends OperationName> {
  /** Prints the output as one JSON object. */
  json?: true | undefined;
  /** The output as text for a terminal. */
  format(output: OutputOf<N>): string;
  /** The exit code, if it is not always 0. */
  code?(output: OutputOf<N>): number;
}

/** Carries out an operation and sets the outcome of the command. Undefined fields of the input are left out. */
export type RunOperation = <N extends OperationName>(name: N, input: object, present: Presentation<N>) => Promise<void>;

/** Options of commands that print a list. */
export interface ListOptions {
  limit?: string;
  after?: string;
  before?: string;
  json?: true;
}

/** The fields of a list operation for the options that `listOptions` adds. */
export const pageOf = ({ limit, after, before }: ListOptions): object => ({
  limit,
  starting_after: after,
  ending_before: before,
});

/** Says how to get the next page, if there is one. */
export const nextPage = (page: { data: { id: string }[]; has_older: boolean }): string[] =>
  page.has_older ? [`older: --after ${page.data.at(-1)?.id ?? ''}`] : [];
