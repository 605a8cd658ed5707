/** What goes back over the wire. Protocols return one of these; only `send-answer.ts` touches the connection. */
export type Answer = JsonAnswer | BytesAnswer | EventsAnswer;

export interface JsonAnswer {
  kind: 'json';
  status: number;
  headers?: Record<string, string>;
  /** Finished JSON text. */
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
  /** Comment lines to send at once and, while waiting, every second; null: nothing before the first frame. */
  comment: string | null;
  /** Wait this long between the headers and the first frame. */
  delayMs: number;
  /** Time between frames; 0 = as fast as the client reads. */
  gapMs: number;
  frames: Iterable<string>;
}

export const json = (status: number, body: unknown, headers?: Record<string, string>): JsonAnswer => ({
  kind: 'json',
  status,
  text: JSON.stringify(body),
  ...(headers === undefined ? {} : { headers }),
});
