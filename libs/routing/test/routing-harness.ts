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
import { candidateStateOf } from '../src/health.js';

/** The outcome of a scripted call. */
export type Says = FailureKind | 'success' | { kind: FailureKind; retryAfterMs: number };

/** Providers with one key each by default, a clock that only pauses advance, and health that all strategies share. */
export class RoutingHarness {
  now = 1_800_000_000_000;
  aborted = false;
  random: () => number = () => 0.5;
  readonly candidates = new Map<string, CandidateHealth>();
  readonly credentials = new Map<string, CredentialHealth>();
  readonly leases = new Map<string, number>();
  keys: Partial<Record<ProviderSlug, string[]>> = {};

  strategy(providers: readonly ProviderSlug[], more: Partial<RouteStrategyInput> = {}): RouteStrategy {
    const route =
      more.route ?? providers.map((provider, priority) => anOffering({ provider, providerModel: 'm', priority }));
    return new RouteStrategy(
      { route, forced: false, deadline: this.now + 60_000, ...more },
      {
        credentialsOf: (provider) => this.keys[provider] ?? [provider],
        health: {
          candidate: (key) => this.candidates.get(key) ?? UNKNOWN_CANDIDATE,
          credential: (key) => this.credentials.get(key) ?? UNKNOWN_CREDENTIAL,
        },
        random: () => this.random(),
        now: () => this.now,
        aborted: () => this.aborted,
        pause: async (ms) => void (this.now += ms),
        claim: async (key, ttlMs) => {
          if ((this.leases.get(key) ?? 0) > this.now) return false;
          this.leases.set(key, this.now + ttlMs);
          return true;
        },
      },
    );
  }

  /** Updates the health as a worker does after a call. */
  report(step: Step, says: Says): void {
    const { kind, retryAfterMs } = typeof says === 'string' ? { kind: says, retryAfterMs: null } : says;
    const outcome = { kind, retryAfterMs, latencyMs: 10, startedAt: this.now, probe: step.probe } as CallOutcome;
    this.candidates.set(step.key, afterOutcome(this.candidates.get(step.key) ?? UNKNOWN_CANDIDATE, outcome, this.now));
    const key = credentialKeyOf(step.credential);
    this.credentials.set(
      key,
      credentialAfterOutcome(this.credentials.get(key) ?? UNKNOWN_CREDENTIAL, outcome, this.now),
    );
  }

  /** Runs a whole request; returns its steps. */
  async request(strategy: RouteStrategy, answer: (step: Step, attempt: number) => Says): Promise<Step[]> {
    const steps: Step[] = [];
    for (let step = await strategy.next(); step !== null; step = await strategy.next()) {
      steps.push(step);
      const says = answer(step, steps.length - 1);
      this.report(step, says);
      if (says === 'success') break;
      strategy.failed(step, typeof says === 'string' ? says : says.kind);
    }
    return steps;
  }

  healthyKeys(provider: ProviderSlug): string[] {
    return (this.keys[provider] ?? [provider]).filter((credential) => {
      const candidate = this.candidates.get(`${provider}/m@${credential}`) ?? UNKNOWN_CANDIDATE;
      const known = this.credentials.get(credentialKeyOf(credential)) ?? UNKNOWN_CREDENTIAL;
      return candidateStateOf(candidate, known, this.now).state === 'healthy';
    });
  }

  open(key: string, forMs: number): void {
    this.candidates.set(key, { ...UNKNOWN_CANDIDATE, openUntil: this.now + forMs });
  }
}

/** `<chosen> <credential>` of each step. */
export const formatSteps = (steps: Step[]): string[] =>
  steps.map(({ credential, chosen }) => `${chosen} ${credential}`);
