import { pause as wait } from '@lumenfall/async';
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

/** Shared by all requests of a worker. */
export interface RoutePorts<A> {
  clients: FindClients<A>;
  health: ProviderHealth;
  /** Of one call. */
  limits: TimeLimits;
  /** Waits between two calls; tests replace it. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface RoutedRequest {
  requestContext: Pick<RequestContext, 'requestId'>;
  plan: Plan;
  /** Unix ms */
  deadline: number;
  /** Aborted when the work must end. */
  signal: AbortSignal;
  /** What earlier jobs of the same request tried. */
  earlier?: readonly EarlierTry[];
}

/** A call to a candidate that has begun. */
export interface CandidateCall<A> extends Step {
  client: ProviderClient<A>;
  /** For the adapter; its signal is that of the request. */
  context: CallContext;
  /** Unix ms */
  startedAt: number;
}

/** A probe gets a part of the usual first-byte limit, since its client waits for it. */
const PROBE_PART = 1 / 6;
const PROBE_LATENCIES = 3;

/**
 * Runs the calls of one request: which candidate is next and, after each call, its attempt and the health of the
 * candidate. `release` must be called at the end.
 */
export class RouteRunner<A> {
  readonly attempts: Attempt[] = [];
  readonly #strategy: RouteStrategy;
  readonly #release: () => void;

  constructor(
    private readonly request: RoutedRequest,
    private readonly ports: RoutePorts<A>,
  ) {
    const { plan, deadline, signal, earlier } = request;
    const pause = ports.pause ?? ((ms, aborted) => wait(ms, { signal: aborted }));
    this.#release = ports.health.follow();
    this.#strategy = new RouteStrategy(
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

  /** Null if no candidate is left or none may be tried now. */
  async next(): Promise<CandidateCall<A> | null> {
    const step = await this.#strategy.next();
    return step === null ? null : this.#begin(step);
  }

  /** A healthy candidate to call at the same time; null without one. */
  nextHedged(): CandidateCall<A> | null {
    const step = this.#strategy.nextHedged();
    return step === null ? null : this.#begin(step);
  }

  /**
   * Must be called once per call that ended. Returns the attempt, whose cost is 0 until the caller sets it.
   *
   * @param latencyMs of a success, null if it does not compare with others
   */
  recordAttempt(call: CandidateCall<A>, failure: ProviderFailure | null, latencyMs: number | null): Attempt {
    this.reportHealth(call, failure, latencyMs);
    const attempt = attemptOf(call.offering, call, { startedAt: call.startedAt, endedAt: Date.now() }, failure);
    this.attempts.push(attempt);
    return attempt;
  }

  /** The same without an attempt, for work that ends later, in another job. */
  reportHealth(call: CandidateCall<A>, failure: ProviderFailure | null, latencyMs: number | null): void {
    const { startedAt, probe } = call;
    const outcome =
      failure === null
        ? ({ kind: 'success', latencyMs, startedAt, probe } as const)
        : {
            kind: wasNotSent(failure) ? ('cancelled' as const) : failure.kind,
            retryAfterMs: failure.retryAfterMs,
            startedAt,
            probe,
            repeated: call.chosen === 'again',
          };
    this.ports.health.report({ candidate: call, outcome, status: failure?.status ?? null });
    countAttempt(call.offering.provider, failure?.kind ?? 'succeeded', call.chosen);
    if (failure !== null) this.#strategy.failed(call, failure.kind);
  }

  /** The order of the candidates, with the offerings that the plan and this process left out. */
  choice(): RouteChoice {
    const { plan } = this.request;
    const unreachable = plan.route.filter(({ provider }) => this.ports.clients(provider).length === 0);
    return {
      order: this.#strategy.order,
      passedOver: [
        ...plan.passedOver.map(({ executedModel, why }) => ({ executedModel, why })),
        ...unreachable.map((offering) => ({ executedModel: executedModelOf(offering), why: 'no-credential' })),
      ],
    };
  }

  /** Whether a candidate that may not be tried now could be soon. */
  mayComeBack(): boolean {
    return this.#strategy.mayComeBack();
  }

  /** The failure of a request without any call: the reason that ends soonest. */
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
    if (step.probe)
      health.report({ candidate: step, outcome: { kind: 'begun', startedAt, probe: true }, status: null });
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
    const states = clients(offering.provider).map(({ endpoint: { credential } }) =>
      candidateStateOf(
        health.candidate(candidateKeyOf(offering, credential)),
        health.credential(credentialKeyOf(credential)),
        now,
      ),
    );
    const [soonest] = states.filter(({ state }) => state !== 'disabled').sort((one, other) => one.until - other.until);
    const waitMs = soonest === undefined ? null : Math.max(1_000, soonest.until - now);
    if (soonest?.state === 'resting') {
      return { gravity: 0, failure: ownFailure('rate', 'The provider is limiting our requests', waitMs) };
    }
    if (soonest !== undefined) {
      return { gravity: 1, failure: ownFailure('transient', 'The provider is failing at the moment', waitMs) };
    }
    return states.length > 0
      ? { gravity: 2, failure: ownFailure('auth', 'The provider refused our account') }
      : { gravity: 3, failure: ownFailure('auth', `${offering.providerName} is not configured here`) };
  }
}

/** The request was not sent, for example because a file in it could not be fetched. */
const wasNotSent = ({ kind, status }: ProviderFailure): boolean => kind === 'client' && status === null;
