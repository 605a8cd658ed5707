import type { FastifyReply, FastifyRequest } from 'fastify';
import { Tally } from './tally.js';

export type Operation =
  'chat' | 'image' | 'submit' | 'poll' | 'list' | 'result' | 'cancel' | 'file' | 'models' | 'unknown';

/** `aborted`: the client closed the connection before the answer ended. `cut`: the sandbox broke it on purpose. */
export type CallOutcome = 'running' | 'answered' | 'aborted' | 'cut';

/** One call that the sandbox received. Of credentials it keeps only whether there were any. */
export interface JournalEntry {
  id: number;
  at: string;
  provider: string;
  operation: Operation;
  method: string;
  path: string;
  model: string | null;
  /** The first 2,000 characters; for polls and files the prompt of their job. */
  prompt: string;
  authorized: boolean;
  status: number | null;
  outcome: CallOutcome;
  /** The failure that the profile drew for it, or `down`; null where it drew none. */
  drawn: string | null;
  durationMs: number | null;
}

const KEPT_CALLS = 5_000;
const KEPT_PROMPT = 2_000;

/** The last calls, in a ring, for tests that prove what was and what was not sent. */
export class Journal {
  readonly #ring: (JournalEntry | undefined)[] = new Array<JournalEntry | undefined>(KEPT_CALLS);
  readonly #entries = new WeakMap<FastifyRequest, JournalEntry>();
  readonly tally = new Tally();
  #next = 0;

  /** Begins the entry of a call and ends it when its connection has ended, one way or the other. */
  open(request: FastifyRequest, reply: FastifyReply): void {
    const path = request.url.split('?', 1)[0] ?? request.url;
    const began = performance.now();
    const entry: JournalEntry = {
      id: this.#next,
      at: new Date().toISOString(),
      provider: path.split('/', 2)[1] ?? '',
      operation: 'unknown',
      method: request.method,
      path,
      model: null,
      prompt: '',
      authorized: false,
      status: null,
      outcome: 'running',
      drawn: null,
      durationMs: null,
    };
    this.#ring[this.#next % KEPT_CALLS] = entry;
    this.#next += 1;
    this.#entries.set(request, entry);
    reply.raw.once('close', () => {
      entry.durationMs = Math.round(performance.now() - began);
      if (reply.raw.headersSent) entry.status = reply.raw.statusCode;
      if (entry.outcome === 'running') entry.outcome = reply.raw.writableFinished ? 'answered' : 'aborted';
      this.tally.count(entry);
    });
  }

  entryOf(request: FastifyRequest): JournalEntry | undefined {
    return this.#entries.get(request);
  }

  /** Oldest first; `contains` looks into prompt and path. */
  list(
    filter: { contains?: string | undefined; operation?: string | undefined; provider?: string | undefined } = {},
  ): JournalEntry[] {
    const oldest = Math.max(0, this.#next - KEPT_CALLS);
    const found: JournalEntry[] = [];
    for (let id = oldest; id < this.#next; id += 1) {
      const entry = this.#ring[id % KEPT_CALLS];
      if (entry === undefined) continue;
      if (filter.operation !== undefined && entry.operation !== filter.operation) continue;
      if (filter.provider !== undefined && entry.provider !== filter.provider) continue;
      if (filter.contains !== undefined && !`${entry.prompt}\n${entry.path}`.includes(filter.contains)) continue;
      found.push(entry);
    }
    return found;
  }

  clear(): void {
    this.#ring.fill(undefined);
  }
}

/** Cuts a prompt for the journal; copies what it keeps, since a slice would hold on to the whole text. */
export const promptExcerpt = (prompt: string): string =>
  prompt.length <= KEPT_PROMPT ? prompt : Buffer.from(prompt.slice(0, KEPT_PROMPT)).toString();
