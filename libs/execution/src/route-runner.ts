import { setTimeout as sleep } from 'node:timers/promises';
import {
  executedModelOf,
  type Attempt,
  type Plan,
  type PlannedOffering,
  type RequestContext,
  type RouteChoice,
} from '@lumenfall/contracts';
import { within, type CallContext, type ProviderFailure, type TimeLimits } from '@lumenfall/providers';
import {
  credentialKeyOf,
  meanOf,
  RouteStrategy,
  candidateStateOf,
  candidateKeyOf,
  type EarlierTry,
  type Step,
} from '@lumenfall/routing';
import type { ProviderHealth } from './health/provider-health.js';
import { countAttempt } from './health/health-metrics.js';
import { callContextOf, clientOf, type FindClients, type ProviderClient } from './provider-clients.js';
import { attemptOf } from './attempt.js';
import { ownFailure } from './route-error.js';

/** What all requests of a worker choose their providers by. */
export interface RoutePorts<A> {
  clients: FindClients<A>;
  health: ProviderHealth;
  /** Of one call. */
  limits: TimeLimits;
  /** Between two tries; tests make it short. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RoutedRequest {
  requestContext: Pick<RequestContext, 'requestId'>;
  plan: Plan;
  /** Unix ms */
  deadline: number;
  /** Aborted where the work must stop. */
  signal: AbortSignal;
  /** What was tried for the same request before, by another job. */
  earlier?: readonly EarlierTry[];
}

/** A try that has begun: where, with what, and why there. */
export interface CandidateCall<A> extends Step {
  client: ProviderClient<A>;
  /** Of the call, but for a signal of its own. */
  context: CallContext;
  /** Unix ms */
  startedAt: number;
}

/** Calls that see whether a provider is back get a part of the usual time: nobody shall wait long for a dead one. */
const PROBE_PART = 1 / 6;
const PROBE_LATENCIES = 3;

/**
 * One request on its way along its route: which stop is next, and, when its call has ended, what that means for the request
 * (an attempt) and for those that come after it (the provider's health). Every run ends with `release`.
 */
export class RouteRunner<A> {
  readonly attempts: Attempt[] = [];
  readonly #walk: RouteStrategy;
  readonly #release: () => void;

  constructor(
    private readonly request: RoutedRequest,
    private readonly ports: RoutePorts<A>,
  ) {
    const { plan, deadline, signal, earlier } = request;
    const pause = ports.pause ?? pauseUnlessStopped;
    this.#release = ports.health.follow();
    this.#walk = new RouteStrategy(
      {
        route: plan.route,
        forced: plan.forced,
        deadline,
        emptyIsPaid: plan.modality !== 'text',
        ...(earlier && { earlier }),
      },
      {
        credentialsOf: (provider) => ports.clients(provider).map(({ endpoint }) => endpoint.credential),
        health: ports.health,
        claim: (key, ttlMs) => ports.health.claim(key, ttlMs),
        now: Date.now,
        random: Math.random,
        pause: (ms) => pause(ms, signal),
        aborted: () => signal.aborted,
      },
    );
  }

  /** Null where no stop is left, or none may be tried now. */
  async next(): Promise<CandidateCall<A> | null> {
    const step = await this.#walk.next();
    return step === null ? null : this.#begin(step);
  }

  /** A healthy stop to try at the same time as the one in hand; null without one. */
  nextHedged(): CandidateCall<A> | null {
    const step = this.#walk.nextHedged();
    return step === null ? null : this.#begin(step);
  }

  /**
   * To be told of the end of every call. Returns the attempt, which has cost nothing yet.
   *
   * @param latencyMs of a success, to compare it with others; null where it would not compare
   */
  recordAttempt(stop: CandidateCall<A>, failure: ProviderFailure | null, latencyMs: number | null): Attempt {
    this.reportHealth(stop, failure, latencyMs);
    const attempt = attemptOf(stop.offering, stop, { startedAt: stop.startedAt, endedAt: Date.now() }, failure);
    this.attempts.push(attempt);
    return attempt;
  }

  /** What `ended` does, without an attempt: for work that ends later and elsewhere. */
  reportHealth(stop: CandidateCall<A>, failure: ProviderFailure | null, latencyMs: number | null): void {
    const { startedAt, probe } = stop;
    const outcome =
      failure === null
        ? ({ kind: 'success', latencyMs, startedAt, probe } as const)
        : {
            kind: saysNothing(failure) ? ('cancelled' as const) : failure.kind,
            retryAfterMs: failure.retryAfterMs,
            startedAt,
            probe,
            repeated: stop.chosen === 'again',
          };
    this.ports.health.report({ stop, outcome, status: failure?.status ?? null });
    countAttempt(stop.offering.provider, failure?.kind ?? 'succeeded', stop.chosen);
    if (failure !== null) this.#walk.failed(stop, failure.kind);
  }

  /** The choice as it was made, with what the plan and this process had to leave out. */
  choice(): RouteChoice {
    const { plan } = this.request;
    const unreachable = plan.route.filter(({ provider }) => this.ports.clients(provider).length === 0);
    return {
      order: this.#walk.order,
      passedOver: [
        ...plan.passedOver.map(({ executedModel, why }) => ({ executedModel, why })),
        ...unreachable.map((offering) => ({ executedModel: executedModelOf(offering), why: 'no-credential' })),
      ],
    };
  }

  /** Whether a stop that may not be tried now could be soon. */
  mayComeBack(): boolean {
    return this.#walk.mayComeBack();
  }

  /** Why no call was made at all: the least grave reason there is. */
  whyNothing(): { offering: PlannedOffering; failure: ProviderFailure } {
    const reasons = this.request.plan.route.map((offering) => ({ offering, ...this.#whyNot(offering) }));
    const [least] = reasons.sort((one, other) => one.gravity - other.gravity);
    if (least === undefined) throw new Error('A plan without a route');
    return least;
  }

  release(): void {
    this.#release();
  }

  #begin(step: Step): CandidateCall<A> {
    const { clients, health } = this.ports;
    const client = clientOf(clients, step.offering.provider, step.credential);
    if (client === null) throw new Error(`A step to ${step.key}, which has no client`);
    const startedAt = Date.now();
    if (step.probe) health.report({ stop: step, outcome: { kind: 'begun', startedAt, probe: true }, status: null });
    const limits = step.probe ? this.#probeLimits(step) : this.ports.limits;
    const { requestContext, signal } = this.request;
    const context = callContextOf(requestContext, step.offering, client.endpoint, { limits, signal });
    return { ...step, client, context, startedAt };
  }

  #probeLimits({ key }: Step): TimeLimits {
    const { limits, health } = this.ports;
    const usual = meanOf(health.candidate(key).latency) ?? 0;
    const firstByteMs = Math.max(limits.firstByteMs * PROBE_PART, usual * PROBE_LATENCIES);
    return within(limits, { ...limits, firstByteMs });
  }

  #whyNot(offering: PlannedOffering): { failure: ProviderFailure; gravity: number } {
    const { clients, health } = this.ports;
    const now = Date.now();
    const standings = clients(offering.provider).map(({ endpoint: { credential } }) =>
      candidateStateOf(
        health.candidate(candidateKeyOf(offering, credential)),
        health.credential(credentialKeyOf(credential)),
        now,
      ),
    );
    const [soonest] = standings
      .filter(({ state }) => state !== 'disabled')
      .sort((one, other) => one.until - other.until);
    const waitMs = soonest === undefined ? null : Math.max(1_000, soonest.until - now);
    if (soonest?.state === 'resting') {
      return { gravity: 0, failure: ownFailure('rate', 'The provider is limiting our requests', waitMs) };
    }
    if (soonest !== undefined) {
      return { gravity: 1, failure: ownFailure('transient', 'The provider has been failing just now', waitMs) };
    }
    return standings.length > 0
      ? { gravity: 2, failure: ownFailure('auth', 'The provider refused our account') }
      : { gravity: 3, failure: ownFailure('auth', `${offering.providerName} is not configured here`) };
  }
}

/** A request that could not be put to the provider (a file in it that was not to be had): whether that works, it does not tell. */
const saysNothing = ({ kind, status }: ProviderFailure): boolean => kind === 'client' && status === null;

async function pauseUnlessStopped(ms: number, signal: AbortSignal): Promise<void> {
  // An abort ends the pause; whoever paused looks at the signal next.
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
