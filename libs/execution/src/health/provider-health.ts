import type { CallOutcome, HealthView, Candidate } from '@lumenfall/routing';

/** The outcome of a call to a candidate. */
export interface ReportedCall {
  candidate: Pick<Candidate, 'key' | 'credential'>;
  outcome: CallOutcome;
  /** HTTP status of the provider's answer, null if there was none. */
  status: number | null;
}

/** The health of all providers as this process knows it. */
export interface ProviderHealth extends HealthView {
  report(call: ReportedCall): void;
  /**
   * True for one caller within `ttlMs`, over all workers. If the shared state is unreachable, this process decides
   * alone.
   */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /** Keeps the health up to date with the other workers until the returned function is called, while a request runs. */
  follow(): () => void;
}
