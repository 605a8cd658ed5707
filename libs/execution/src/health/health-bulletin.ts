import type { CredentialHealth, CandidateHealth } from '@lumenfall/routing';
import type { Logger } from '@lumenfall/service-kit';
import type { ReportedCall } from './provider-health.js';

interface Known {
  stop: CandidateHealth;
  credential: CredentialHealth;
}

/** Tells the operator what a call has changed; true where other workers should know it at once. */
export type HealthBulletin = (call: ReportedCall, before: Known, after: Known) => boolean;

/** An alarm that goes on is told again after this. */
const ALARM_AGAIN_MS = 300_000;

export function healthBulletin(log: Logger): HealthBulletin {
  const alarmedAt = new Map<string, number>();
  return ({ stop, outcome, status }, before, after) => {
    const { credential, key } = stop;
    const isDisabled = after.credential.disabledSince !== null;
    if (outcome.kind === 'auth' && Date.now() - (alarmedAt.get(credential) ?? 0) >= ALARM_AGAIN_MS) {
      alarmedAt.set(credential, Date.now());
      log.error(
        { alarm: 'credential-disabled', credential, stop: key, status },
        `a provider refused the credential ${credential}, which is not used for five minutes: check that the key is valid, has credit left and may use this model, then put the right one into its variable and restart the workers`,
      );
    }
    const wasDisabled = before.credential.disabledSince !== null;
    if (wasDisabled && !isDisabled) {
      alarmedAt.delete(credential);
      log.info({ credential }, 'a credential that had been refused is taken again');
    }
    const [wasOpen, isOpen] = [before.stop.openUntil !== null, after.stop.openUntil !== null];
    if (isOpen && !wasOpen) {
      log.warn({ alarm: 'breaker-open', stop: key, credential }, 'a provider keeps failing: its breaker is open');
    }
    if (wasOpen && !isOpen) log.info({ stop: key, credential }, 'a provider is well again: its breaker is closed');
    const now = Date.now();
    const beginsToRest = before.stop.restingUntil <= now && after.stop.restingUntil > now;
    return isOpen !== wasOpen || isDisabled !== wasDisabled || beginsToRest;
  };
}
