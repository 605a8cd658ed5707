import { END_MARK, failure, failureInBody, holdsError, parseJson, readErrorBody } from '../http/index.js';
import type { ReadRefusal, ServerEvent } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import type { ChatEvent, ProviderFailure } from '../spec/index.js';
import { AnswerGate, type ReadChunk } from './answer-gate.js';

/** What one JSON object of an answer says. */
export type Reading =
  | { type: 'chunks'; chunks: readonly ReadChunk[] }
  /** The protocol's own mark of the end. */
  | { type: 'end' }
  | { type: 'failure'; failure: ProviderFailure }
  | { type: 'unreadable' };

/** For an object that is not a chunk, which does no harm. */
export const NOTHING: Reading = { type: 'chunks', chunks: [] };

/** Maps the JSON of one answer to chunks, for one protocol. It may keep state between the pieces, and does no I/O. */
export interface AnswerReader {
  /** One event of a stream. */
  read(value: Record<string, unknown>): Reading;
  /** A whole answer, from a server that ignores `stream`. */
  readWhole(value: Record<string, unknown>): Reading;
}

/** Only objects and lists of them are chunks: nothing, `null`, `ping` and `[PING]` keep the connection open. */
const HOLDS_OBJECTS = /^(?:\{|\[\s*[{\]])/;

/**
 * Turns the events of one answer into chat events: skips what only keeps the connection open, recognises errors in
 * every form, and leaves the rest to the reader of the protocol.
 */
export class AnswerStream {
  readonly #gate: AnswerGate;
  /** The last object that was not a chunk: if the stream ends early, it may hold the reason. */
  #remark: Record<string, unknown> | null = null;

  /** @param choices the number that the client asked for */
  constructor(
    private readonly reader: AnswerReader,
    choices: number,
    private readonly readRefusal: ReadRefusal,
    /** Texts that no message may contain. */
    private readonly secrets: readonly string[],
  ) {
    this.#gate = new AnswerGate(choices);
  }

  /** True after an `end` or a `failure`. */
  get over(): boolean {
    return this.#gate.over;
  }

  /** One server-sent event. */
  take(received: ServerEvent): ChatEvent[] {
    if (this.over) return [];
    const data = received.data.trim();
    if (data === END_MARK) return this.#gate.end();
    if (received.event === 'error') return this.#gate.fail(this.#failureIn(parseJson(data) ?? data));
    if (received.event === 'ping' || !HOLDS_OBJECTS.test(data)) return [];
    const value = parseJson(data);
    return Array.isArray(value) ? value.flatMap((one) => this.#takeValue(one)) : this.#takeValue(value);
  }

  /** A body that is not an event stream: one JSON document, a list of chunks, or one chunk a line. */
  takeWhole(text: string): ChatEvent[] {
    const value = parseJson(text) ?? linesOf(text);
    if (isErrorObject(value)) return this.#gate.fail(this.#failureIn(value));
    if (Array.isArray(value)) {
      return [...value.flatMap((one) => this.#takeValue(one)), ...this.#gate.close(null)];
    }
    const reading: Reading = isRecord(value) ? this.reader.readWhole(value) : { type: 'unreadable' };
    if (reading.type !== 'unreadable') return [...this.#apply(reading), ...this.#gate.end()];
    return this.#gate.fail(this.#reasonIn(value) ?? UNREADABLE_ANSWER);
  }

  /** The connection ended: `broke` says how it broke, null that the provider closed it in order. */
  close(broke: ProviderFailure | null): ChatEvent[] {
    return this.#gate.close(broke ?? this.#reasonIn(this.#remark));
  }

  #takeValue(value: unknown): ChatEvent[] {
    if (isErrorObject(value)) return this.#gate.fail(this.#failureIn(value));
    if (!isRecord(value)) return this.#gate.fail(UNREADABLE_CHUNK);
    const reading = this.reader.read(value);
    if (reading === NOTHING) this.#remark = value;
    return this.#apply(reading);
  }

  #apply(reading: Reading): ChatEvent[] {
    switch (reading.type) {
      case 'chunks': {
        const [first] = reading.chunks;
        if (first === undefined) return [];
        const events = this.#gate.take(first);
        return reading.chunks.length === 1
          ? events
          : [...events, ...reading.chunks.slice(1).flatMap((chunk) => this.#gate.take(chunk))];
      }
      case 'end':
        return this.#gate.end();
      case 'failure':
        return this.#gate.fail(reading.failure);
      case 'unreadable':
        return this.#gate.fail(UNREADABLE_CHUNK);
    }
  }

  /** Null if a value does not hold a sentence that gives a reason. */
  #reasonIn(value: unknown): ProviderFailure | null {
    return isRecord(value) && readErrorBody(value).message !== null ? this.#failureIn(value) : null;
  }

  /** The status of the answer was 200: only a status in the body says more. */
  #failureIn(body: unknown): ProviderFailure {
    const found = failureInBody(body, this.readRefusal, { secrets: this.secrets });
    return { ...found, status: found.status === 200 ? null : found.status };
  }
}

const UNREADABLE_CHUNK = failure('transient', 'The provider sent a chunk that cannot be read');
const UNREADABLE_ANSWER = failure('transient', 'The provider sent an answer that cannot be read');

const isErrorObject = (value: unknown): boolean =>
  holdsError(value) || (isRecord(value) && (value['type'] === 'error' || value['object'] === 'error'));

/** Undefined if a line is not JSON. */
function linesOf(text: string): unknown[] | undefined {
  const values = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseJson);
  return values.length === 0 || values.includes(undefined) ? undefined : values;
}
