import type { CredentialHealth, CandidateHealth } from '@lumenfall/routing';
import { metrics } from '@lumenfall/service-kit';
import { Counter, Gauge } from 'prom-client';

export interface HealthFigures {
  stops: [string, CandidateHealth][];
  credentials: [string, CredentialHealth][];
}

const shown = new Set<() => HealthFigures>();
const figures = (): HealthFigures[] => [...shown].map((read) => read());

new Gauge({
  name: 'lumenfall_breaker_open',
  help: 'Offerings with the credential whose breaker is open: 1 for each, absent for the others.',
  labelNames: ['stop'],
  registers: [metrics],
  collect() {
    this.reset();
    for (const [stop, { openUntil }] of figures().flatMap(({ stops }) => stops))
      if (openUntil !== null) this.set({ stop }, 1);
  },
});

new Gauge({
  name: 'lumenfall_credential_disabled',
  help: 'Credentials that their provider refused: 1 for each, absent for the others.',
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
  help: 'Calls to providers, by what they came to (`succeeded` or the kind of failure) and why that one was called.',
  labelNames: ['provider', 'result', 'chosen'],
  registers: [metrics],
});

export function countAttempt(provider: string, result: string, chosen: string): void {
  attempts.inc({ provider, result, chosen });
}

/** Shows on `/metrics` what `read` says, until the returned function is called. */
export function showHealth(read: () => HealthFigures): () => void {
  shown.add(read);
  return () => void shown.delete(read);
}
