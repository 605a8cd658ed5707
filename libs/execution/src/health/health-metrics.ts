import type { CredentialHealth, CandidateHealth } from '@lumenfall/routing';
import { metrics } from '@lumenfall/service-kit';
import { Counter, Gauge } from 'prom-client';

export interface HealthFigures {
  candidates: [string, CandidateHealth][];
  credentials: [string, CredentialHealth][];
}

const shown = new Set<() => HealthFigures>();
const figures = (): HealthFigures[] => [...shown].map((read) => read());

new Gauge({
  name: 'lumenfall_breaker_open',
  help: 'Candidates (offering and credential) whose breaker is open: 1 each, others are absent.',
  labelNames: ['candidate'],
  registers: [metrics],
  collect() {
    this.reset();
    for (const [candidate, { openUntil }] of figures().flatMap(({ candidates }) => candidates))
      if (openUntil !== null) this.set({ candidate }, 1);
  },
});

new Gauge({
  name: 'lumenfall_credential_disabled',
  help: 'Credentials that their provider refused: 1 each, others are absent.',
  labelNames: ['credential'],
  registers: [metrics],
  collect() {
    this.reset();
    for (const [key, { disabledSince }] of figures().flatMap(({ credentials }) => credentials)) {
      if (disabledSince !== null) this.set({ credential: key.slice(key.indexOf(':') + 1) }, 1);
    }
  },
});

const attempts = new Counter({
  name: 'lumenfall_provider_attempts_total',
  help: 'Calls to providers by result (`succeeded` or the kind of failure) and by the reason of the choice.',
  labelNames: ['provider', 'result', 'chosen'],
  registers: [metrics],
});

export function countAttempt(provider: string, result: string, chosen: string): void {
  attempts.inc({ provider, result, chosen });
}

/** Exposes the figures on `/metrics` until the returned function is called. */
export function showHealth(read: () => HealthFigures): () => void {
  shown.add(read);
  return () => void shown.delete(read);
}
