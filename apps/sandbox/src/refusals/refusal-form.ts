import type { JsonAnswer } from '../exchange/answer.js';

/** How one provider says no: each method is a whole answer in that provider's own form. */
export interface RefusalForm {
  unauthorized(): JsonAnswer;
  /** The request itself is wrong; `field` names what. */
  invalid(message: string, field: string | null): JsonAnswer;
  notFound(what: string): JsonAnswer;
  /** The failure a directive asked for. @param retryAfter seconds */
  failure(status: number, retryAfter: number | null): JsonAnswer;
  /** The prompt was found to break a policy. */
  moderated(): JsonAnswer;
}

/** Providers ask for patience on 429 and 503; so do we, for a second, unless the directive says how long. */
export function retryHeaders(status: number, retryAfter: number | null): Record<string, string> {
  const seconds = retryAfter ?? (status === 429 || status === 503 ? 1 : null);
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}

export const failureSentence = (status: number): string => `The sandbox was asked to answer with status ${status}.`;
