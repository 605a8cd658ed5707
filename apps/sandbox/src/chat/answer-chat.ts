import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Behaviour } from '../directives/behaviour.js';

/** A decided answer, in the two forms of its protocol. */
export interface ChatForms {
  streams: boolean;
  /** Of the whole answer: the time that a `rate` gives it. */
  tokens: number;
  frames(): Iterable<string>;
  whole(): unknown;
  /** Comment line of the stream until its first frame. */
  comment?: string | null;
  delayMs?: number;
}

/** Sends a chat answer as a stream or whole, at the rate of its directives. A late failure fails the whole answer. */
export async function answerChat(
  call: Call,
  { rate, status, retryAfter }: Behaviour,
  { streams, tokens, frames, whole, comment = null, delayMs = 0 }: ChatForms,
): Promise<Answer> {
  if (streams) return { kind: 'events', comment, delayMs, gapMs: rate === null ? 0 : 1_000 / rate, frames: frames() };
  if (status !== null) return call.refuse.failure(status, retryAfter);
  if (rate !== null) await call.pause((tokens * 1_000) / rate);
  return json(200, whole());
}
