import type { Clock } from '@lumenfall/async';
import type { ReplyPart } from '@lumenfall/contracts';
import type { LeaseRenewal, LimitCounters, Return } from '@lumenfall/queue';
import { LEASE_MS, type LimitClaim } from './limit-claims.js';
import type { RunningRequests } from './running-requests.js';

/** A reservation of spend ends when the charge is recorded; this long after the deadline of the work at the latest. */
const RECORDED_MS = 300_000;

export interface TakenLimitsParts {
  counters: Pick<LimitCounters, 'give' | 'renew'>;
  running: Pick<RunningRequests, 'add' | 'remove'>;
  clock: Clock;
  onError(error: unknown): void;
}

export interface Taken {
  requestId: string;
  claims: readonly LimitClaim[];
  /** When they were taken, by the clock of the engine. */
  at: number;
  /** Of the work, Unix ms. */
  deadline: number;
  /** Whether the work was handed over: it may then go on without this process. */
  isAccepted(): boolean;
}

/** What a running request has taken of its limits, from its admission until its end. */
export class TakenLimits {
  readonly #claims: readonly LimitClaim['claim'][];
  #last: Promise<unknown> | null = null;

  constructor(
    private readonly parts: TakenLimitsParts,
    private readonly taken: Taken,
  ) {
    this.#claims = taken.claims.map(({ claim }) => claim);
    parts.running.add(taken.requestId, () => [
      ...this.#renewalsOf('running', LEASE_MS),
      ...this.#renewalsOf('spend', taken.isAccepted() ? this.#untilRecordedMs() : LEASE_MS),
    ]);
  }

  /** The request counts as running until `work` has settled too, although its client may have left. */
  keepUntil(work: Promise<unknown>): void {
    this.#last = work;
  }

  /** Replaces the estimated tokens by those of the answer; a failed request used none. */
  correct(part: ReplyPart): void {
    const tokens = tokensOf(part);
    if (tokens === null) return;
    const corrections = this.taken.claims.flatMap(({ name, claim }): Return[] => {
      if (name !== 'tokensPerMinute' || claim.kind !== 'window') return [];
      const { bucket, windowMs, amount } = claim;
      return [{ kind: 'window', bucket, windowMs, at: this.taken.at, amount: amount - tokens }];
    });
    this.#give(corrections);
  }

  /** The HTTP exchange has ended. Without accepted work, the request gives everything back. */
  async end(): Promise<void> {
    const accepted = this.taken.isAccepted();
    if (accepted && this.#last !== null) await this.#last.catch(() => undefined);
    this.parts.running.remove(this.taken.requestId);
    if (!accepted) return this.#give(this.#claims.map((claim) => this.#returnOf(claim)));
    this.#give(
      this.taken.claims.flatMap(({ name, claim }) => (name === 'requestsAtOnce' ? [this.#returnOf(claim)] : [])),
    );
    const reserved = this.#renewalsOf('spend', this.#untilRecordedMs());
    if (reserved.length > 0) this.parts.counters.renew(reserved).catch(this.parts.onError);
  }

  /** Until the charge of accepted work is recorded, its estimate counts. */
  #untilRecordedMs(): number {
    return Math.max(0, this.taken.deadline - this.parts.clock.now()) + RECORDED_MS;
  }

  #renewalsOf(kind: 'running' | 'spend', ttlMs: number): LeaseRenewal[] {
    const buckets = this.#claims.flatMap((claim) =>
      claim.kind === 'lease' && (claim.figure !== undefined) === (kind === 'spend') ? [claim.bucket] : [],
    );
    return [...new Set(buckets)].map((bucket) => ({ bucket, requestId: this.taken.requestId, ttlMs }));
  }

  #returnOf(claim: LimitClaim['claim']): Return {
    if (claim.kind === 'lease') return { kind: 'lease', bucket: claim.bucket };
    const { kind, bucket, windowMs, amount } = claim;
    return { kind, bucket, windowMs, amount, at: this.taken.at };
  }

  #give(returns: readonly Return[]): void {
    if (returns.length > 0) this.parts.counters.give(this.taken.requestId, returns).catch(this.parts.onError);
  }
}

/** Null: the answer does not say; the estimate stays. */
function tokensOf(part: ReplyPart): number | null {
  if (part.type === 'error') return 0;
  if (part.type === 'chat-end') return part.usage.prompt_tokens + part.usage.completion_tokens;
  return part.type === 'images' ? (part.usage?.total_tokens ?? null) : null;
}
