/** What goes back over the wire. Handlers return one of these; only `send-answer.ts` touches the connection. */
export type Answer = JsonAnswer | BytesAnswer | EventsAnswer;

export interface JsonAnswer {
  kind: 'json';
  status: number;
  headers?: Record<string, string>;
  /** Serialized JSON. */
  text: string;
}

export interface BytesAnswer {
  kind: 'bytes';
  contentType: string;
  bytes: Uint8Array;
}

/** Server-sent events. */
export interface EventsAnswer {
  kind: 'events';
  /** Comment line that is sent at once and, during the delay, every second; null: nothing before the first frame. */
  comment: string | null;
  /** Milliseconds between the headers and the first frame. */
  delayMs: number;
  /** Milliseconds between frames; 0 = as fast as the client reads. */
  gapMs: number;
  frames: Iterable<string>;
}

export const json = (status: number, body: unknown, headers?: Record<string, string>): JsonAnswer => ({
  kind: 'json',
  status,
  text: JSON.stringify(body),
  ...(headers === undefined ? {} : { headers }),
});

/** How one provider refuses a call: each method is a whole answer in that provider's own error form. */
export interface RefusalForm {
  unauthorized(): JsonAnswer;
  /** The request is wrong; `field` names where. */
  invalid(message: string, field: string | null): JsonAnswer;
  notFound(what: string): JsonAnswer;
  /** The failure that a directive or a profile asked for. @param retryAfter seconds */
  failure(status: number, retryAfter: number | null): JsonAnswer;
  /** The prompt violates a policy. */
  moderated(): JsonAnswer;
}

/** `Retry-After` of 429 and 503 is one second unless the directive says otherwise. */
export function retryHeaders(status: number, retryAfter: number | null): Record<string, string> {
  const seconds = retryAfter ?? (status === 429 || status === 503 ? 1 : null);
  return seconds === null ? {} : { 'retry-after': String(seconds) };
}

export const failureSentence = (status: number): string => `The sandbox was asked to answer with status ${status}.`;
