import { engineCall } from '../queue-errors.js';
import { COMMAND_DEADLINE_MS } from '../settings.js';

/**
 * What a request takes of one limit. A bucket belongs to one limit of one owner, so limits never share a counter.
 *
 * - `window`: at most `limit` in any `windowMs`; what was taken counts until it is older than that. Counted in sixty
 *   slots: a slot is dropped only when all of it is older.
 * - `lease`: at most `limit` at the same time; counts until it is given back or `ttlMs` have passed without a renewal.
 *   With `figure`, the figure of that name, stored by `settle`, counts too. Claims of one bucket that differ in the
 *   figure share one lease.
 */
export type Claim = WindowClaim | LeaseClaim;

export interface WindowClaim {
  kind: 'window';
  bucket: string;
  limit: number;
  amount: number;
  windowMs: number;
}

export interface LeaseClaim {
  kind: 'lease';
  bucket: string;
  limit: number;
  amount: number;
  /** At most twelve hours. */
  ttlMs: number;
  figure?: string;
}

/** One claim's bucket: after the claims were taken, or before, if they were refused. */
export interface Level {
  used: number;
  /** ms until a window is empty again; 0 for leases. */
  resetMs: number;
}

export type TakeOutcome =
  | {
      outcome: 'taken';
      /** When, Unix ms of the engine's clock; `give` needs it. */
      at: number;
      levels: Level[];
      /** Buckets whose figures are older than a second; of concurrent callers, one is asked to settle them. */
      stale: string[];
    }
  | {
      outcome: 'refused';
      /** Of the claims that do not fit, the one that must wait longest. */
      claim: number;
      /** ms until it may fit; null: at no known time, for a lease, or never, for more than the limit. */
      retryMs: number | null;
      levels: Level[];
      /** Buckets whose figures are older than a second. */
      stale: string[];
    }
  /** A figure is not known: settle these buckets and ask again. */
  | { outcome: 'unsettled'; buckets: string[] };

/** What a request gives back: an amount of a window, which may be negative, or its lease. */
export type Return =
  | {
      kind: 'window';
      bucket: string;
      windowMs: number;
      /** `at` of the outcome of `take`. */
      at: number;
      amount: number;
    }
  | { kind: 'lease'; bucket: string };

export interface LeaseRenewal {
  bucket: string;
  requestId: string;
  ttlMs: number;
}

export interface Settlement {
  /** The figures of the bucket by name. A figure never gets smaller; others of the bucket are removed. */
  figures: Readonly<Record<string, number>>;
  /** The requests that the figures include: their leases end in the same step. */
  included: readonly string[];
}

/**
 * Counters that all processes on one queue share. They are not durable: a crash of the engine may lose them. Every call
 * rejects with `QueueUnavailable` within about two seconds if the engine does not answer.
 */
export interface LimitCounters {
  /** Takes all claims of a request or none, in one atomic step. */
  take(requestId: string, claims: readonly Claim[]): Promise<TakeOutcome>;
  /** Gives back what a request took. What is no longer counted has no effect. */
  give(requestId: string, returns: readonly Return[]): Promise<void>;
  /** Extends leases, counted from now. A lease that has ended stays ended. */
  renew(renewals: readonly LeaseRenewal[]): Promise<void>;
  /** The requests with a lease in the bucket. */
  leases(bucket: string): Promise<string[]>;
  /** Stores the figures of a bucket and ends the leases that they include, in one atomic step. */
  settle(bucket: string, settlement: Settlement): Promise<void>;
}

/** Figures older than this are reported as stale. */
export const FIGURES_FRESH_MS = 1_000;

/** Slots of a window. One more is counted, because the first one is only partly in the window. */
export const SLOTS = 60;

/** The counters of either engine with deadlines. */
export function limitCounters(store: LimitCounters): LimitCounters {
  const command = <T>(what: string, work: Promise<T>): Promise<T> => engineCall(what, COMMAND_DEADLINE_MS, work);
  return {
    take: (requestId, claims) => command('Checking limits', store.take(requestId, claims)),
    give: (requestId, returns) => command('Returning limits', store.give(requestId, returns)),
    renew: (renewals) => command('Renewing leases', store.renew(renewals)),
    leases: (bucket) => command('Reading leases', store.leases(bucket)),
    settle: (bucket, settlement) => command('Settling limits', store.settle(bucket, settlement)),
  };
}
