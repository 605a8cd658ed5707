import { deadline } from '@lumenfall/async';
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

/** How often health is exchanged with the shared state while requests run. */
const ROUND_MS = 250;
/** The delay of urgent changes, to exchange those together that happen at the same time. */
const URGENT_MS = 5;
/** A claim that the shared state does not answer in time is granted by this process. */
const CLAIM_MS = 100;
const PRUNE_CLAIMS_AT = 1_000;
/**
 * Prefix of the entries of this format; another format needs another prefix, so that old and new workers can run
 * together.
 */
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

const CANDIDATES = kindOf<CandidateHealth>(UNKNOWN_CANDIDATE, candidateHealthSchema, afterOutcome);
const CREDENTIALS = kindOf<CredentialHealth>(UNKNOWN_CREDENTIAL, credentialHealthSchema, credentialAfterOutcome);

/**
 * The health of providers, shared by all workers. Requests choose by a local copy that is updated in the background, so
 * that none waits for the shared state; while that is unreachable, each worker uses what it knows itself.
 */
export class HealthWatch implements ProviderHealth {
  readonly #candidates = new Map<string, KnownEntry<CandidateHealth>>();
  readonly #credentials = new Map<string, KnownEntry<CredentialHealth>>();
  readonly #claimedUntil = new Map<string, number>();
  #pruneClaimsAt = PRUNE_CLAIMS_AT;
  readonly #bulletin: HealthBulletin;
  readonly #hide: () => void;
  #following = 0;
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;
  #isUrgent = false;
  #receivedAt = 0;
  #isUnreachable = false;
  #closed = false;

  /** @param shared null: the health is not shared */
  constructor(
    private readonly shared: SharedState | null,
    private readonly log: Logger,
  ) {
    this.#bulletin = healthBulletin(log);
    this.#hide = showHealth(() => ({ candidates: current(this.#candidates), credentials: current(this.#credentials) }));
  }

  candidate(key: string): CandidateHealth {
    return this.#candidates.get(key)?.now ?? UNKNOWN_CANDIDATE;
  }

  credential(key: string): CredentialHealth {
    return this.#credentials.get(key)?.now ?? UNKNOWN_CREDENTIAL;
  }

  report(call: ReportedCall): void {
    const { candidate, outcome } = call;
    const at = Date.now();
    const key = credentialKeyOf(candidate.credential);
    const before = { candidate: this.candidate(candidate.key), credential: this.credential(key) };
    entryOf(this.#candidates, candidate.key, CANDIDATES).report(outcome, at);
    // Most calls do not change the health of their credential, so its entry is not written.
    if (outcome.kind === 'auth' || before.credential.disabledSince !== null) {
      entryOf(this.#credentials, key, CREDENTIALS).report(outcome, at);
    }
    const after = { candidate: this.candidate(candidate.key), credential: this.credential(key) };
    const isUrgent = this.#bulletin(call, before, after);
    if (isUrgent || outcome.kind === 'begun') this.#soon(URGENT_MS);
    else this.#soon(ROUND_MS);
  }

  async claim(key: string, ttlMs: number): Promise<boolean> {
    const now = Date.now();
    if ((this.#claimedUntil.get(key) ?? 0) > now) return false;
    this.#claimedUntil.set(key, now + ttlMs);
    if (this.#claimedUntil.size >= this.#pruneClaimsAt) this.#pruneClaims(now);
    if (this.shared === null) return true;
    const claimed = this.shared.claim(PREFIX + key, ttlMs).catch(() => true);
    return deadline(claimed, CLAIM_MS, () => true);
  }

  /** Removes expired claims each time their number has doubled. */
  #pruneClaims(now: number): void {
    for (const [key, until] of this.#claimedUntil) if (until <= now) this.#claimedUntil.delete(key);
    this.#pruneClaimsAt = Math.max(PRUNE_CLAIMS_AT, this.#claimedUntil.size * 2);
  }

  follow(): () => void {
    this.#following += 1;
    this.#soon(Date.now() - this.#receivedAt > ROUND_MS ? URGENT_MS : ROUND_MS);
    let ended = false;
    return () => {
      if (!ended) this.#following -= 1;
      ended = true;
    };
  }

  /** Shares the remaining outcomes and ends. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#hide();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#round;
    await this.#flush();
  }

  /** Plans an exchange within `ms`; an earlier one stays planned. */
  #soon(ms: number): void {
    if (this.shared === null || this.#closed) return;
    if (this.#round !== null) {
      this.#isUrgent ||= ms < ROUND_MS;
      return;
    }
    if (this.#timer !== null) {
      if (ms >= ROUND_MS) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#isUrgent = false;
      this.#round = this.#exchange().finally(() => {
        this.#round = null;
        if (this.#isUrgent) this.#soon(URGENT_MS);
        else if (this.#following > 0 || this.#isDirty()) this.#soon(ROUND_MS);
      });
    }, ms);
  }

  async #exchange(): Promise<void> {
    await this.#flush();
    if (this.shared === null || this.#closed) return;
    try {
      this.#receive(await this.shared.read());
      if (this.#isUnreachable) this.log.info('sharing the health of providers works again');
      this.#isUnreachable = false;
    } catch (error) {
      this.#failed(error);
    }
  }

  async #flush(): Promise<void> {
    const { shared } = this;
    if (shared === null) return;
    const flushing = [...this.#candidates, ...this.#credentials]
      .filter(([, entry]) => entry.isDirty)
      .map(([key, entry]) => entry.flush((change) => shared.update(PREFIX + key, change)));
    for (const result of await Promise.allSettled(flushing)) {
      if (result.status === 'rejected') this.#failed(result.reason);
    }
  }

  #receive(shared: ReadonlyMap<string, string>): void {
    this.#receivedAt = Date.now();
    for (const [name, text] of shared) {
      if (!name.startsWith(PREFIX)) continue;
      const key = name.slice(PREFIX.length);
      if (key.startsWith(CREDENTIAL)) entryOf(this.#credentials, key, CREDENTIALS).receive(text);
      else entryOf(this.#candidates, key, CANDIDATES).receive(text);
    }
    for (const known of [this.#candidates, this.#credentials]) {
      for (const [key, entry] of known) {
        if (shared.has(PREFIX + key)) continue;
        if (entry.isDirty) entry.receive(null);
        else known.delete(key);
      }
    }
  }

  #failed(error: unknown): void {
    if (!this.#isUnreachable)
      this.log.warn({ err: error }, 'sharing the health of providers failed; this worker uses its own');
    this.#isUnreachable = true;
  }

  #isDirty(): boolean {
    return [...this.#candidates.values(), ...this.#credentials.values()].some((entry) => entry.isDirty);
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
