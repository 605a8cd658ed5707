import { setTimeout as pause } from 'node:timers/promises';
import type { SharedState } from '@lumenfall/queue';
import {
  afterOutcome,
  credentialAfterOutcome,
  credentialHealthSchema,
  credentialKeyOf,
  candidateHealthSchema,
  UNKNOWN_CREDENTIAL,
  UNKNOWN_CANDIDATE,
  type CallOutcome,
  type CredentialHealth,
  type CandidateHealth,
} from '@lumenfall/routing';
import type { Logger } from '@lumenfall/service-kit';
import type { z } from 'zod';
import { healthBulletin, type HealthBulletin } from './health-bulletin.js';
import { showHealth } from './health-metrics.js';
import { KnownEntry, type EntryKind } from './known-entry.js';
import type { ProviderHealth, ReportedCall } from './provider-health.js';

/** How often what happened here is told, and what happened elsewhere is heard, while there is work. */
const ROUND_MS = 250;
/** News go at once: together with what else happens within this. */
const NEWS_MS = 5;
/** A claim that the board has not answered by then is granted by this process alone. */
const CLAIM_MS = 100;
const FORGET_CLAIMS_AT = 1_000;
/** Names this version's entries; another form of them needs another prefix, so that old and new workers can run together. */
const PREFIX = 'health/2/';
const CREDENTIAL = credentialKeyOf('');

const kindOf = <H>(
  unknown: H,
  schema: z.ZodType<H>,
  after: (health: H, outcome: CallOutcome, at: number) => H,
): EntryKind<H> => ({
  unknown,
  after,
  read: (text) => {
    try {
      return schema.safeParse(JSON.parse(text)).data ?? null;
    } catch {
      return null;
    }
  },
});

const STOPS = kindOf<CandidateHealth>(UNKNOWN_CANDIDATE, candidateHealthSchema, afterOutcome);
const CREDENTIALS = kindOf<CredentialHealth>(UNKNOWN_CREDENTIAL, credentialHealthSchema, credentialAfterOutcome);

/**
 * The health of providers as all workers see it together. Requests choose by a copy that is brought up to date in the
 * background while there is work, so that none waits for the board; a board that does not answer leaves each worker with what
 * it knows itself.
 */
export class HealthWatch implements ProviderHealth {
  readonly #stops = new Map<string, KnownEntry<CandidateHealth>>();
  readonly #credentials = new Map<string, KnownEntry<CredentialHealth>>();
  readonly #claimedUntil = new Map<string, number>();
  #forgetClaimsAt = FORGET_CLAIMS_AT;
  readonly #bulletin: HealthBulletin;
  readonly #hide: () => void;
  #following = 0;
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #hasNews = false;
  #heardAt = 0;
  #boardIsAway = false;
  #closed = false;

  /** @param board null: this process keeps what it learns to itself */
  constructor(
    private readonly board: SharedState | null,
    private readonly log: Logger,
  ) {
    this.#bulletin = healthBulletin(log);
    this.#hide = showHealth(() => ({ stops: current(this.#stops), credentials: current(this.#credentials) }));
  }

  candidate(key: string): CandidateHealth {
    return this.#stops.get(key)?.now ?? UNKNOWN_CANDIDATE;
  }

  credential(key: string): CredentialHealth {
    return this.#credentials.get(key)?.now ?? UNKNOWN_CREDENTIAL;
  }

  report(call: ReportedCall): void {
    const { stop, outcome } = call;
    const at = Date.now();
    const key = credentialKeyOf(stop.credential);
    const before = { stop: this.candidate(stop.key), credential: this.credential(key) };
    entryOf(this.#stops, stop.key, STOPS).tell(outcome, at);
    // Most calls say nothing new of their credential, and the board is spared a line for each.
    if (outcome.kind === 'auth' || before.credential.disabledSince !== null) {
      entryOf(this.#credentials, key, CREDENTIALS).tell(outcome, at);
    }
    const after = { stop: this.candidate(stop.key), credential: this.credential(key) };
    const isNews = this.#bulletin(call, before, after);
    if (isNews || outcome.kind === 'begun') this.#soon(NEWS_MS);
    else this.#soon(ROUND_MS);
  }

  async claim(key: string, ttlMs: number): Promise<boolean> {
    const now = Date.now();
    if ((this.#claimedUntil.get(key) ?? 0) > now) return false;
    this.#claimedUntil.set(key, now + ttlMs);
    if (this.#claimedUntil.size >= this.#forgetClaimsAt) this.#forgetClaims(now);
    if (this.board === null) return true;
    const claimed = this.board.claim(PREFIX + key, ttlMs).catch(() => true);
    const late = new AbortController();
    try {
      return await Promise.race([claimed, pause(CLAIM_MS, true, { signal: late.signal })]);
    } finally {
      late.abort();
    }
  }

  /** Names of work are claimed once and never again: what has run out is forgotten, whenever there is twice as much. */
  #forgetClaims(now: number): void {
    for (const [key, until] of this.#claimedUntil) if (until <= now) this.#claimedUntil.delete(key);
    this.#forgetClaimsAt = Math.max(FORGET_CLAIMS_AT, this.#claimedUntil.size * 2);
  }

  follow(): () => void {
    this.#following += 1;
    this.#soon(Date.now() - this.#heardAt > ROUND_MS ? NEWS_MS : ROUND_MS);
    let ended = false;
    return () => {
      if (!ended) this.#following -= 1;
      ended = true;
    };
  }

  /** Tells the board what it has not been told yet, and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hide();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
    await this.#flush();
  }

  /** A round within `ms`; one that is planned for earlier stays. */
  #soon(ms: number): void {
    if (this.board === null || this.#closed) return;
    if (this.#round !== null) {
      this.#hasNews ||= ms < ROUND_MS;
      return;
    }
    if (this.#timer !== null) {
      if (ms >= ROUND_MS) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#hasNews = false;
      this.#round = this.#tellAndHear().finally(() => {
        this.#round = null;
        if (this.#hasNews) this.#soon(NEWS_MS);
        else if (this.#following > 0 || this.#isDirty()) this.#soon(ROUND_MS);
      });
    }, ms);
  }

  async #tellAndHear(): Promise<void> {
    await this.#flush();
    if (this.board === null || this.#closed) return;
    try {
      this.#hear(await this.board.read());
      if (this.#boardIsAway) this.log.info('the health of providers is shared again');
      this.#boardIsAway = false;
    } catch (error) {
      this.#away(error);
    }
  }

  async #flush(): Promise<void> {
    const { board } = this;
    if (board === null) return;
    const flushing = [...this.#stops, ...this.#credentials]
      .filter(([, entry]) => entry.isDirty)
      .map(([key, entry]) => entry.flush((change) => board.update(PREFIX + key, change)));
    for (const result of await Promise.allSettled(flushing)) {
      if (result.status === 'rejected') this.#away(result.reason);
    }
  }

  #hear(board: ReadonlyMap<string, string>): void {
    this.#heardAt = Date.now();
    for (const [name, text] of board) {
      if (!name.startsWith(PREFIX)) continue;
      const key = name.slice(PREFIX.length);
      if (key.startsWith(CREDENTIAL)) entryOf(this.#credentials, key, CREDENTIALS).heard(text);
      else entryOf(this.#stops, key, STOPS).heard(text);
    }
    for (const entries of [this.#stops, this.#credentials]) {
      for (const [key, entry] of entries) {
        if (board.has(PREFIX + key)) continue;
        if (entry.isDirty) entry.heard(null);
        else entries.delete(key);
      }
    }
  }

  #away(error: unknown): void {
    if (!this.#boardIsAway) this.log.warn({ err: error }, 'the health of providers is not shared just now');
    this.#boardIsAway = true;
  }

  #isDirty(): boolean {
    return [...this.#stops.values(), ...this.#credentials.values()].some((entry) => entry.isDirty);
  }
}

function entryOf<H>(entries: Map<string, KnownEntry<H>>, key: string, kind: EntryKind<H>): KnownEntry<H> {
  let entry = entries.get(key);
  if (entry === undefined) entries.set(key, (entry = new KnownEntry(kind)));
  return entry;
}

function current<H>(entries: ReadonlyMap<string, KnownEntry<H>>): [string, H][] {
  return [...entries].map(([key, entry]) => [key, entry.now]);
}
