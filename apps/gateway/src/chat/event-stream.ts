import type { FastifyReply } from 'fastify';
import { once } from 'node:events';

/**
 * Server-sent events on a hijacked reply. Writes wait while the client does not read, so that events for a slow client
 * do not pile up in memory.
 */
export class EventStream {
  #opened = false;

  constructor(private readonly reply: FastifyReply) {}

  get opened(): boolean {
    return this.#opened;
  }

  /** Sends status 200 and the headers, once. */
  open(headers: Record<string, string>): void {
    if (this.#opened) return;
    this.#opened = true;
    this.reply.hijack();
    this.reply.raw.writeHead(200, {
      ...(this.reply.getHeaders() as Record<string, string>),
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  }

  /** Sends the events in one write. */
  async send(events: readonly unknown[]): Promise<void> {
    if (events.length > 0) await this.#write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  }

  /**
   * Keeps proxies from closing a silent stream. One line without a blank line after it: some clients dispatch an event
   * at every blank line, and would try to parse an event without data.
   */
  async comment(): Promise<void> {
    await this.#write(': keep-alive\n');
  }

  /** @param last written as the last event: `[DONE]` of a whole answer, or nothing after an error */
  end(last = ''): void {
    this.reply.raw.end(last);
  }

  async #write(text: string): Promise<void> {
    const { raw } = this.reply;
    if (raw.destroyed || raw.writableEnded) return;
    if (raw.write(text)) return;
    const left = new AbortController();
    const closed = (): void => left.abort();
    raw.once('close', closed);
    // If the client leaves, the wait ends too; the reader of the answer gets the cancellation by its own listener.
    await once(raw, 'drain', { signal: left.signal }).catch(() => undefined);
    raw.off('close', closed);
  }
}

export const DONE = 'data: [DONE]\n\n';
