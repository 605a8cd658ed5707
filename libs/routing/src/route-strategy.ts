import type { Choice, FailureKind, PlannedOffering, WeighedCandidate } from '@lumenfall/contracts';
import { mayFailOver } from './failover.js';
import { candidateStateOf, credentialKeyOf, credible, type CandidateState } from './health.js';
import {
  AGAIN_PAUSE_MS,
  DISABLED_LEASE_MS,
  LONGEST_REST_MS,
  LONGEST_WAIT_MS,
  LOOK_AGAIN_MS,
  MOST_ATTEMPTS,
  MOST_ROUNDS,
  PATIENCE_MS,
  PROBE_LEASE_MS,
} from './thresholds.js';
import { TriedCandidates, type EarlierTry } from './tried-candidates.js';
import { weighRoute, type Candidate, type Weighing } from './weigh-route.js';

/** The candidate to call next, and why it was chosen. */
export interface Step extends Candidate {
  chosen: Choice;
  /** The candidate is not healthy, and a lease was claimed for this one call. */
  probe: boolean;
  /** From 1. */
  round: number;
}

export interface RouteStrategyPorts extends Omit<Weighing, 'route' | 'now'> {
  /** True for one caller within `ttlMs`, over all workers. */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /** Unix ms */
  now(): number;
  /** Ends early if the request is aborted meanwhile. */
  pause(ms: number): Promise<void>;
  aborted(): boolean;
}

export interface RouteStrategyInput {
  route: readonly PlannedOffering[];
  /** The client named the provider: one round, whatever the health of its candidates. */
  forced: boolean;
  /** Unix ms: no call begins after it. */
  deadline: number;
  /**
   * The provider charges an `empty` answer, as for images and videos: it is not asked for again at the same offering.
   */
  emptyIsPaid?: boolean;
  /** What earlier jobs of this request tried, in order. */
  earlier?: readonly EarlierTry[];
}

/**
 * Iterates the candidates of one request, with failover and retries.
 *
 * A round tries every offering once, the healthy ones first; if our credential is refused (`auth`, `rate`), another
 * credential of the same offering is next. Unhealthy candidates come last and need a lease, so that all requests
 * together send an unavailable provider few calls. Further rounds, after growing pauses, retry offerings whose failure
 * may be temporary.
 */
export class RouteStrategy {
  /** As weighed at the start. */
  readonly order: WeighedCandidate[];
  readonly #candidates: readonly Candidate[];
  readonly #tried: TriedCandidates;
  #over = false;
  #begun: boolean;
  #patienceMs = PATIENCE_MS;

  constructor(
    private readonly input: RouteStrategyInput,
    private readonly ports: RouteStrategyPorts,
  ) {
    const weighed = weighRoute({ ...ports, route: input.route, now: ports.now() });
    this.order = weighed.order;
    this.#candidates = weighed.candidates;
    this.#tried = new TriedCandidates(input.route, input.earlier ?? [], input.emptyIsPaid);
    this.#begun = this.#tried.attempts > 0;
  }

  /** The next candidate; null if none is left, none may be tried, or the deadline is too near. */
  async next(): Promise<Step | null> {
    if (!this.#mayGoOn()) return null;
    if (this.input.forced) return this.#nextForced();
    const step = this.#otherCredential() ?? (await this.#probeFirst()) ?? this.#healthy() ?? (await this.#leased());
    if (step !== null) return step;
    if (await this.#beginRound()) {
      const again = this.#healthy() ?? (await this.#leased());
      if (again !== null) return again;
    }
    return this.#mayGoOn() ? this.#waitForOne() : null;
  }

  /** A healthy candidate of another offering to call at the same time; null if there is none. */
  nextHedged(): Step | null {
    if (this.input.forced || !this.#mayGoOn()) return null;
    const candidate = this.#candidates.find(
      (each) => !this.#tried.offering(each.index) && this.#stateOf(each).state === 'healthy',
    );
    return candidate === undefined ? null : this.#take(candidate, 'hedge', false);
  }

  /** Must be called after every failure, before `next`. */
  failed({ index }: Candidate, kind: FailureKind): void {
    this.#tried.failed(index, kind);
    if (!mayFailOver(kind)) this.#over = true;
  }

  /** Whether a candidate that may not be tried now could be tried later. */
  mayComeBack(): boolean {
    return (
      !this.#over &&
      !this.input.forced &&
      this.#tried.attempts < MOST_ATTEMPTS &&
      this.#candidates.some((candidate) => this.#tried.isOpen(candidate))
    );
  }

  #mayGoOn(): boolean {
    const { now, aborted } = this.ports;
    return !this.#over && !aborted() && this.#tried.attempts < MOST_ATTEMPTS && now() < this.input.deadline;
  }

  #nextForced(): Step | null {
    if (this.#begun && this.#tried.refusedLast() === null) return null;
    const candidate = this.#candidates.find(({ key }) => this.#tried.times(key) === 0);
    return candidate === undefined ? null : this.#take(candidate, this.#begun ? 'other-credential' : 'forced', false);
  }

  #otherCredential(): Step | null {
    const index = this.#tried.refusedLast();
    if (index === null) return null;
    const candidate = this.#candidates.find((each) => each.index === index && this.#isHealthy(each));
    return candidate === undefined ? null : this.#take(candidate, 'other-credential', false);
  }

  /** Probes a candidate that may have recovered, with the first request that would have preferred it. */
  async #probeFirst(): Promise<Step | null> {
    if (this.#begun) return null;
    const reached =
      this.#candidates.find((candidate) => this.#stateOf(candidate).state === 'healthy')?.offering.priority ?? Infinity;
    for (const candidate of this.#candidates) {
      const { state, until } = this.#stateOf(candidate);
      const due = (state === 'open' || state === 'disabled') && until <= this.ports.now();
      const { priority, weight } = candidate.offering;
      if (!due || priority > reached || weight === 0 || !this.#tried.isOpen(candidate)) continue;
      return (await this.#claim(candidate, state)) ? this.#take(candidate, 'probe', true) : null;
    }
    return null;
  }

  #healthy(): Step | null {
    const first = this.#candidates.find((candidate) => this.#isHealthy(candidate));
    if (first === undefined) return null;
    // In a later round, prefer the credential that was tried least.
    const siblings = this.#candidates.filter(
      (candidate) => candidate.index === first.index && this.#isHealthy(candidate),
    );
    const times = ({ key }: Candidate): number => this.#tried.times(key);
    const candidate = siblings.reduce((best, each) => (times(each) < times(best) ? each : best), first);
    if (this.#tried.offering(candidate.index)) return this.#take(candidate, 'again', false);
    if (this.#begun) return this.#take(candidate, 'next', false);
    return this.#take(candidate, this.#candidates.length === 1 ? 'only' : 'preferred', false);
  }

  async #leased(): Promise<Step | null> {
    for (const candidate of this.#candidates) {
      const { state, until } = this.#stateOf(candidate);
      if ((state !== 'open' && state !== 'disabled') || !this.#tried.isOpen(candidate)) continue;
      // A rate limit is respected even if no other candidate is left.
      const now = this.ports.now();
      if (credible(this.ports.health.candidate(candidate.key).restingUntil, LONGEST_REST_MS, now) > now) continue;
      if (!(await this.#claim(candidate, state))) continue;
      return this.#take(candidate, until <= this.ports.now() ? 'probe' : 'last-resort', true);
    }
    return null;
  }

  async #beginRound(): Promise<boolean> {
    if (!this.#tried.worthAnother() || this.#tried.round >= MOST_ROUNDS) return false;
    const { least, most } = AGAIN_PAUSE_MS;
    const pause = (least + this.ports.random() * (most - least)) * 2 ** (this.#tried.round - 1);
    if (!(await this.#pause(Math.min(pause, LONGEST_WAIT_MS)))) return false;
    this.#tried.beginRound();
    return true;
  }

  /** Waits for a candidate that rests or whose breaker may close soon. */
  async #waitForOne(): Promise<Step | null> {
    const givesUpAt = this.ports.now() + LONGEST_WAIT_MS;
    for (;;) {
      const ends = this.#candidates
        .filter((candidate) => this.#tried.isOpen(candidate))
        .map((candidate) => this.#stateOf(candidate));
      const worthWaiting = ends.filter(({ state, until }) => state !== 'disabled' && until <= givesUpAt);
      if (worthWaiting.length === 0) return null;
      const soonest = Math.min(...worthWaiting.map(({ until }) => until)) - this.ports.now();
      // Jitter: the requests that wait for the end of a rate limit must not all be sent at once.
      if (!(await this.#pause(Math.max(soonest, LOOK_AGAIN_MS) + this.ports.random() * LOOK_AGAIN_MS))) return null;
      const step = this.#healthy() ?? (await this.#leased());
      if (step !== null)
        return step.chosen === 'probe' || step.chosen === 'again' ? step : { ...step, chosen: 'last-resort' };
      if (this.ports.now() >= givesUpAt) return null;
    }
  }

  /** False if the request ended meanwhile, or its deadline or patience would end within the pause. */
  async #pause(ms: number): Promise<boolean> {
    if (ms > this.#patienceMs || this.ports.now() + ms >= this.input.deadline) return false;
    this.#patienceMs -= ms;
    await this.ports.pause(ms);
    return this.#mayGoOn();
  }

  #claim({ key, credential }: Candidate, state: CandidateState['state']): Promise<boolean> {
    return state === 'disabled'
      ? this.ports.claim(credentialKeyOf(credential), DISABLED_LEASE_MS)
      : this.ports.claim(key, PROBE_LEASE_MS);
  }

  #isHealthy(candidate: Candidate): boolean {
    return this.#tried.isOpen(candidate) && this.#stateOf(candidate).state === 'healthy';
  }

  #stateOf({ key, credential }: Candidate): CandidateState {
    const { health, now } = this.ports;
    return candidateStateOf(health.candidate(key), health.credential(credentialKeyOf(credential)), now());
  }

  #take(candidate: Candidate, chosen: Choice, probe: boolean): Step {
    this.#begun = true;
    this.#tried.begin(candidate);
    return { ...candidate, chosen, probe, round: this.#tried.round };
  }
}
