import type { CallOutcome, HealthView, Candidate } from '@lumenfall/routing';

/** What a stop's call came to, as it is told to `ProviderHealth`. */
export interface ReportedCall {
  stop: Pick<Candidate, 'key' | 'credential'>;
  outcome: CallOutcome;
  /** HTTP status of the provider's answer, null where there was none. */
  status: number | null;
}

/** The health of all providers, as this process sees it: what requests choose by, and what they tell of their calls. */
export interface ProviderHealth extends HealthView {
  report(call: ReportedCall): void;
  /** True for one caller within `ttlMs`, over all workers; decided within a moment, also while the workers cannot talk. */
  claim(key: string, ttlMs: number): Promise<boolean>;
  /** A request is in hand: what the other workers learn is followed until the returned function is called. */
  follow(): () => void;
}
