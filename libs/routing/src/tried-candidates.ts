import { executedModelOf, type FailureKind, type PlannedOffering } from '@lumenfall/contracts';
import { candidateKeyOf } from './health.js';
import type { Candidate } from './weigh-route.js';

export interface EarlierTry {
  /** `<provider>/<provider model id>` */
  executedModel: string;
  credential: string | null;
  /** Null if it succeeded. */
  failure: FailureKind | null;
}

/** Failures that may be temporary. A timeout may be too, but the client has waited for it once already. */
const TEMPORARY: ReadonlySet<FailureKind> = new Set(['transient', 'rate', 'empty']);
/**
 * The same for work that the provider charges although it delivered nothing: it is not repeated at the same offering.
 */
const TEMPORARY_IF_EMPTY_IS_PAID: ReadonlySet<FailureKind> = new Set(['transient', 'rate']);
/** Failures of our credential, not of the offering. */
const ABOUT_CREDENTIAL: ReadonlySet<FailureKind> = new Set(['auth', 'rate']);

/** What one request has tried, and which candidates its current round may still try. */
export class TriedCandidates {
  attempts = 0;
  round = 1;
  readonly #times = new Map<string, number>();
  readonly #failures = new Map<number, FailureKind>();
  /** Tried in this round. */
  #candidates = new Set<string>();
  #offerings = new Set<number>();
  #last: number | null = null;
  readonly #temporary: ReadonlySet<FailureKind>;

  constructor(route: readonly PlannedOffering[], earlier: readonly EarlierTry[], emptyIsPaid = false) {
    this.#temporary = emptyIsPaid ? TEMPORARY_IF_EMPTY_IS_PAID : TEMPORARY;
    for (const { executedModel, credential, failure } of earlier) {
      const index = route.findIndex((offering) => executedModelOf(offering) === executedModel);
      const offering = route[index];
      if (offering === undefined || failure === null) continue;
      const candidate = { index, key: candidateKeyOf(offering, credential ?? '') };
      // A repeated try for another reason than a second credential was in a later round.
      if (this.#offerings.has(index) && !ABOUT_CREDENTIAL.has(this.#failures.get(index) ?? 'client')) this.beginRound();
      this.begin(candidate);
      this.failed(index, failure);
    }
  }

  begin({ index, key }: Pick<Candidate, 'index' | 'key'>): void {
    this.attempts += 1;
    this.#times.set(key, this.times(key) + 1);
    this.#candidates.add(key);
    this.#offerings.add(index);
    this.#failures.delete(index);
    this.#last = index;
  }

  failed(index: number, kind: FailureKind): void {
    this.#failures.set(index, kind);
  }

  beginRound(): void {
    this.round += 1;
    this.#candidates = new Set();
    this.#offerings = new Set();
    this.#last = null;
  }

  times(key: string): number {
    return this.#times.get(key) ?? 0;
  }

  /** Whether the offering has failed in any round or was tried in this one. */
  offering(index: number): boolean {
    return this.#offerings.has(index) || this.#failures.has(index);
  }

  /** The offering tried last if it refused our credential, else null. */
  refusedLast(): number | null {
    if (this.#last === null) return null;
    const failure = this.#failures.get(this.#last);
    return failure !== undefined && ABOUT_CREDENTIAL.has(failure) ? this.#last : null;
  }

  /** Whether this round may still try a candidate. */
  isOpen({ index, key }: Pick<Candidate, 'index' | 'key'>): boolean {
    if (this.#candidates.has(key)) return false;
    const failure = this.#failures.get(index);
    if (this.#offerings.has(index)) return failure !== undefined && ABOUT_CREDENTIAL.has(failure);
    if (failure === undefined || this.#temporary.has(failure)) return true;
    return failure === 'auth' && this.times(key) === 0;
  }

  /** Whether a failure of this round may be temporary, so that another round is worthwhile. */
  worthAnother(): boolean {
    return [...this.#offerings].some((index) => this.#temporary.has(this.#failures.get(index) ?? 'client'));
  }
}
