import type { Choice, FailureKind, PlannedOffering, WeighedCandidate } from '@lumenfall/contracts';
import { credible } from './credible.js';
import { credentialKeyOf } from './health.js';
import { candidateStateOf, type CandidateState } from './candidate-state.js';
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

/** Where to go next, and why there. */
export interface Step extends Candidate {
  chosen: Choice;
  /** It is not healthy, and a lease was claimed for this one call. */
  probe: boolean;
  /** From 1. */
  round: number;
}

export interface RouteStrategyPorts extends Omit<Weighing, 'route' | 'now'> {
  /** True for one caller within `ttlMs`, over all workers. */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /** Unix ms */
  now(): number;
  /** Ends early where the request is stopped meanwhile. */
  pause(ms: number): Promise<void>;
  stopped(): boolean;
}

export interface RouteStrategyInput {
  route: readonly PlannedOffering[];
  /** One offering, asked for by name: no second round, and no regard to its health. */
  forced: boolean;
  /** Unix ms: no call is begun after it. */
  deadline: number;
  /** What this request tried before this walk began, in order. */
  earlier?: readonly EarlierTry[];
}

/** Failures that end a request wherever it is; after `ambiguous` only its caller can know whether another may start. */
const ENDS: ReadonlySet<FailureKind> = new Set(['client', 'moderation', 'cancelled', 'ambiguous']);

/**
 * The way of one request along its route: which stop comes first, and which after a failure.
 *
 * In a round every offering is tried once, the healthy ones first; after a refusal of our credential (`auth`, `rate`) another
 * credential of the same offering is next. Unhealthy stops come last, and only with a lease, so that all requests together
 * send a dead provider one call a while. Further rounds, after growing pauses, are for offerings whose failure may be gone.
 */
export class RouteStrategy {
  /** As weighed at the start. */
  readonly order: WeighedCandidate[];
  readonly #stops: readonly Candidate[];
  readonly #tried: TriedCandidates;
  #over = false;
  #begun: boolean;
  #patienceMs = PATIENCE_MS;

  constructor(
    private readonly walk: RouteStrategyInput,
    private readonly ports: RouteStrategyPorts,
  ) {
    const weighed = weighRoute({ ...ports, route: walk.route, now: ports.now() });
    this.order = weighed.order;
    this.#stops = weighed.candidates;
    this.#tried = new TriedCandidates(walk.route, walk.earlier ?? []);
    this.#begun = this.#tried.attempts > 0;
  }

  /** The next stop to try; null where none is left, none may be tried, or no time. */
  async next(): Promise<Step | null> {
    if (!this.#mayGoOn()) return null;
    if (this.walk.forced) return this.#nextForced();
    const step = this.#otherCredential() ?? (await this.#probeFirst()) ?? this.#healthy() ?? (await this.#leased());
    if (step !== null) return step;
    if (await this.#beginRound()) {
      const again = this.#healthy() ?? (await this.#leased());
      if (again !== null) return again;
    }
    return this.#mayGoOn() ? this.#waitForOne() : null;
  }

  /** A stop to try beside the one that is being tried: another offering, and only a healthy one. */
  nextHedged(): Step | null {
    if (this.walk.forced || !this.#mayGoOn()) return null;
    const stop = this.#stops.find(
      (each) => !this.#tried.offering(each.index) && this.#standing(each).state === 'healthy',
    );
    return stop === undefined ? null : this.#take(stop, 'hedge', false);
  }

  /** To be told of every failure of a stop before the next is asked for. */
  failed({ index }: Candidate, kind: FailureKind): void {
    this.#tried.failed(index, kind);
    if (ENDS.has(kind)) this.#over = true;
  }

  /** Whether a stop that cannot be tried now could be within some time: worth coming back, for whoever can. */
  mayComeBack(): boolean {
    return (
      !this.#over &&
      !this.walk.forced &&
      this.#tried.attempts < MOST_ATTEMPTS &&
      this.#stops.some((stop) => this.#tried.isOpen(stop))
    );
  }

  #mayGoOn(): boolean {
    const { now, stopped } = this.ports;
    return !this.#over && !stopped() && this.#tried.attempts < MOST_ATTEMPTS && now() < this.walk.deadline;
  }

  #nextForced(): Step | null {
    if (this.#begun && this.#tried.refusedLast() === null) return null;
    const stop = this.#stops.find(({ key }) => this.#tried.times(key) === 0);
    return stop === undefined ? null : this.#take(stop, this.#begun ? 'other-credential' : 'forced', false);
  }

  #otherCredential(): Step | null {
    const index = this.#tried.refusedLast();
    if (index === null) return null;
    const stop = this.#stops.find((each) => each.index === index && this.#isHealthy(each));
    return stop === undefined ? null : this.#take(stop, 'other-credential', false);
  }

  /** A stop that may be well again is looked at with the first request that would have liked to go there. */
  async #probeFirst(): Promise<Step | null> {
    if (this.#begun) return null;
    const reached = this.#stops.find((stop) => this.#standing(stop).state === 'healthy')?.offering.priority ?? Infinity;
    for (const stop of this.#stops) {
      const { state, until } = this.#standing(stop);
      const due = (state === 'open' || state === 'disabled') && until <= this.ports.now();
      const { priority, weight } = stop.offering;
      if (!due || priority > reached || weight === 0 || !this.#tried.isOpen(stop)) continue;
      return (await this.#claim(stop, state)) ? this.#take(stop, 'probe', true) : null;
    }
    return null;
  }

  #healthy(): Step | null {
    const first = this.#stops.find((stop) => this.#isHealthy(stop));
    if (first === undefined) return null;
    // In a later round a credential that has not been tried is worth more than the one that has.
    const siblings = this.#stops.filter((stop) => stop.index === first.index && this.#isHealthy(stop));
    const times = ({ key }: Candidate): number => this.#tried.times(key);
    const stop = siblings.reduce((best, each) => (times(each) < times(best) ? each : best), first);
    if (this.#tried.offering(stop.index)) return this.#take(stop, 'again', false);
    if (this.#begun) return this.#take(stop, 'next', false);
    return this.#take(stop, this.#stops.length === 1 ? 'only' : 'preferred', false);
  }

  async #leased(): Promise<Step | null> {
    for (const stop of this.#stops) {
      const { state, until } = this.#standing(stop);
      if ((state !== 'open' && state !== 'disabled') || !this.#tried.isOpen(stop)) continue;
      // Asked to be left alone, on top of it: that is kept, whatever else is left.
      const now = this.ports.now();
      if (credible(this.ports.health.candidate(stop.key).restingUntil, LONGEST_REST_MS, now) > now) continue;
      if (!(await this.#claim(stop, state))) continue;
      return this.#take(stop, until <= this.ports.now() ? 'probe' : 'last-resort', true);
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

  /** Nothing can be tried now: waits a little for a stop that rests, or whose breaker may close. */
  async #waitForOne(): Promise<Step | null> {
    const givesUpAt = this.ports.now() + LONGEST_WAIT_MS;
    for (;;) {
      const ends = this.#stops.filter((stop) => this.#tried.isOpen(stop)).map((stop) => this.#standing(stop));
      const worthWaiting = ends.filter(({ state, until }) => state !== 'disabled' && until <= givesUpAt);
      if (worthWaiting.length === 0) return null;
      const soonest = Math.min(...worthWaiting.map(({ until }) => until)) - this.ports.now();
      // Never all at the same moment: what rests was limiting us.
      if (!(await this.#pause(Math.max(soonest, LOOK_AGAIN_MS) + this.ports.random() * LOOK_AGAIN_MS))) return null;
      const step = this.#healthy() ?? (await this.#leased());
      if (step !== null)
        return step.chosen === 'probe' || step.chosen === 'again' ? step : { ...step, chosen: 'last-resort' };
      if (this.ports.now() >= givesUpAt) return null;
    }
  }

  /** False where the request ended meanwhile, or would before the pause. */
  async #pause(ms: number): Promise<boolean> {
    if (ms > this.#patienceMs || this.ports.now() + ms >= this.walk.deadline) return false;
    this.#patienceMs -= ms;
    await this.ports.pause(ms);
    return this.#mayGoOn();
  }

  #claim({ key, credential }: Candidate, standing: CandidateState['state']): Promise<boolean> {
    return standing === 'disabled'
      ? this.ports.claim(credentialKeyOf(credential), DISABLED_LEASE_MS)
      : this.ports.claim(key, PROBE_LEASE_MS);
  }

  #isHealthy(stop: Candidate): boolean {
    return this.#tried.isOpen(stop) && this.#standing(stop).state === 'healthy';
  }

  #standing({ key, credential }: Candidate): CandidateState {
    const { health, now } = this.ports;
    return candidateStateOf(health.candidate(key), health.credential(credentialKeyOf(credential)), now());
  }

  #take(stop: Candidate, chosen: Choice, probe: boolean): Step {
    this.#begun = true;
    this.#tried.begin(stop);
    return { ...stop, chosen, probe, round: this.#tried.round };
  }
}
