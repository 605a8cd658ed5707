import type { FastifyReply, FastifyRequest } from 'fastify';

export type Operation =
  'chat' | 'image' | 'submit' | 'poll' | 'list' | 'result' | 'cancel' | 'file' | 'models' | 'unknown';

/** `aborted`: the client closed the connection before the answer ended. `cut`: the sandbox broke it on purpose. */
export type CallOutcome = 'running' | 'answered' | 'aborted' | 'cut';

/** One call that the sandbox received. Credentials are not kept, only whether there were any. */
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
  /** The failure that the profile drew for the call, or `down`; null if it drew none. */
  drawn: string | null;
  durationMs: number | null;
}

export interface JournalFilter {
  /** Part of the prompt or the path. */
  contains?: string | undefined;
  operation?: string | undefined;
  provider?: string | undefined;
}

/** Number of calls by provider, operation and outcome. */
export type Tally = Record<string, Record<string, Record<string, number>>>;

const KEPT_CALLS = 5_000;
const KEPT_PROMPT = 2_000;

/** The last calls, in a ring, and the tally of all calls, for tests that prove what was and what was not sent. */
export class Journal {
  readonly #ring: (JournalEntry | undefined)[] = new Array<JournalEntry | undefined>(KEPT_CALLS);
  readonly #entries = new WeakMap<FastifyRequest, JournalEntry>();
  #tally: Tally = {};
  #next = 0;

  /** Starts the entry of a call; it is completed and counted when the connection closes. */
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
      this.#count(entry);
    });
  }

  entryOf(request: FastifyRequest): JournalEntry {
    const entry = this.#entries.get(request);
    if (entry === undefined) throw new Error(`The journal has no entry for ${request.url}.`);
    return entry;
  }

  /** Oldest first. */
  list({ contains, operation, provider }: JournalFilter = {}): JournalEntry[] {
    const found: JournalEntry[] = [];
    for (let id = Math.max(0, this.#next - KEPT_CALLS); id < this.#next; id += 1) {
      const entry = this.#ring[id % KEPT_CALLS];
      if (entry === undefined) continue;
      if (operation !== undefined && entry.operation !== operation) continue;
      if (provider !== undefined && entry.provider !== provider) continue;
      if (contains !== undefined && !`${entry.prompt}\n${entry.path}`.includes(contains)) continue;
      found.push(entry);
    }
    return found;
  }

  clear(): void {
    this.#ring.fill(undefined);
  }

  /** All calls that have ended, also those that the ring has dropped. */
  get tally(): Tally {
    return structuredClone(this.#tally);
  }

  clearTally(): void {
    this.#tally = {};
  }

  #count(entry: JournalEntry): void {
    const ofProvider = (this.#tally[entry.provider] ??= {});
    const ofOperation = (ofProvider[entry.operation] ??= {});
    const outcome = tallyNameOf(entry);
    ofOperation[outcome] = (ofOperation[outcome] ?? 0) + 1;
  }
}

/** The failure that a profile drew, else `aborted` or `cut`, else the status of a refusal, else `answered`. */
function tallyNameOf({ drawn, outcome, status }: JournalEntry): string {
  if (drawn !== null) return drawn;
  if (outcome !== 'answered') return outcome;
  return status !== null && status >= 400 ? String(status) : 'answered';
}

/** Shortens a prompt for the journal. Copies what it keeps: a slice would keep the whole text in memory. */
export const promptExcerpt = (prompt: string): string =>
  prompt.length <= KEPT_PROMPT ? prompt : Buffer.from(prompt.slice(0, KEPT_PROMPT)).toString();
