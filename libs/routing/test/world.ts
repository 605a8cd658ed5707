import type { FailureKind, ProviderSlug } from '@lumenfall/contracts';
import { anOffering } from '@lumenfall/testing';
import { afterOutcome, credentialAfterOutcome, type CallOutcome } from '../src/after-outcome.js';
import {
  credentialKeyOf,
  UNKNOWN_CREDENTIAL,
  UNKNOWN_CANDIDATE,
  type CredentialHealth,
  type CandidateHealth,
} from '../src/health.js';
import { RouteStrategy, type Step, type RouteStrategyInput } from '../src/route-strategy.js';
import { candidateStateOf } from '../src/candidate-state.js';

/** How a call of a test ends. */
export type Says = FailureKind | 'success' | { kind: FailureKind; retryAfterMs: number };

/** Providers with one key each unless told, a clock that only pauses move, and a board that all walks share. */
export class World {
  now = 1_800_000_000_000;
  stopped = false;
  random: () => number = () => 0.5;
  readonly stops = new Map<string, CandidateHealth>();
  readonly credentials = new Map<string, CredentialHealth>();
  readonly leases = new Map<string, number>();
  keys: Partial<Record<ProviderSlug, string[]>> = {};

  walk(providers: readonly ProviderSlug[], more: Partial<RouteStrategyInput> = {}): RouteStrategy {
    const route =
      more.route ?? providers.map((provider, priority) => anOffering({ provider, providerModel: 'm', priority }));
    return new RouteStrategy(
      { route, forced: false, deadline: this.now + 60_000, ...more },
      {
        credentialsOf: (provider) => this.keys[provider] ?? [provider],
        health: {
          candidate: (key) => this.stops.get(key) ?? UNKNOWN_CANDIDATE,
          credential: (key) => this.credentials.get(key) ?? UNKNOWN_CREDENTIAL,
        },
        random: () => this.random(),
        now: () => this.now,
        stopped: () => this.stopped,
        pause: async (ms) => void (this.now += ms),
        claim: async (key, ttlMs) => {
          if ((this.leases.get(key) ?? 0) > this.now) return false;
          this.leases.set(key, this.now + ttlMs);
          return true;
        },
      },
    );
  }

  /** What a worker does with the outcome of a call. */
  report(step: Step, says: Says): void {
    const { kind, retryAfterMs } = typeof says === 'string' ? { kind: says, retryAfterMs: null } : says;
    const outcome = { kind, retryAfterMs, latencyMs: 10, startedAt: this.now, probe: step.probe } as CallOutcome;
    this.stops.set(step.key, afterOutcome(this.stops.get(step.key) ?? UNKNOWN_CANDIDATE, outcome, this.now));
    const key = credentialKeyOf(step.credential);
    this.credentials.set(
      key,
      credentialAfterOutcome(this.credentials.get(key) ?? UNKNOWN_CREDENTIAL, outcome, this.now),
    );
  }

  /** A whole request: what was tried, and why. */
  async request(walk: RouteStrategy, answer: (step: Step, attempt: number) => Says): Promise<Step[]> {
    const steps: Step[] = [];
    for (let step = await walk.next(); step !== null; step = await walk.next()) {
      steps.push(step);
      const says = answer(step, steps.length - 1);
      this.report(step, says);
      if (says === 'success') break;
      walk.failed(step, typeof says === 'string' ? says : says.kind);
    }
    return steps;
  }

  healthyKeys(provider: ProviderSlug): string[] {
    return (this.keys[provider] ?? [provider]).filter((credential) => {
      const stop = this.stops.get(`${provider}/m@${credential}`) ?? UNKNOWN_CANDIDATE;
      const known = this.credentials.get(credentialKeyOf(credential)) ?? UNKNOWN_CREDENTIAL;
      return candidateStateOf(stop, known, this.now).state === 'healthy';
    });
  }

  open(key: string, forMs: number): void {
    this.stops.set(key, { ...UNKNOWN_CANDIDATE, openUntil: this.now + forMs });
  }
}

/** Why each step was made, and with which credential. */
export const told = (steps: Step[]): string[] => steps.map(({ credential, chosen }) => `${chosen} ${credential}`);
