import type { CredentialHealth, CandidateHealth } from '@lumenfall/routing';
import type { Logger } from '@lumenfall/service-kit';
import type { ReportedCall } from './provider-health.js';

interface Known {
  candidate: CandidateHealth;
  credential: CredentialHealth;
}

/** Logs what a call changed; true if other workers should get the change at once. */
export type HealthBulletin = (call: ReportedCall, before: Known, after: Known) => boolean;

/** How often a persisting alarm is logged. */
const ALARM_AGAIN_MS = 300_000;

export function healthBulletin(log: Logger): HealthBulletin {
  const alarmedAt = new Map<string, number>();
  return ({ candidate, outcome, status }, before, after) => {
    const { credential, key } = candidate;
    const isDisabled = after.credential.disabledSince !== null;
    if (outcome.kind === 'auth' && Date.now() - (alarmedAt.get(credential) ?? 0) >= ALARM_AGAIN_MS) {
      alarmedAt.set(credential, Date.now());
      log.error(
        { alarm: 'credential-disabled', credential, candidate: key, status },
        `the provider refused the credential ${credential}; it is disabled for five minutes. ` +
          'Check that the key is valid, has credit and may use this model; to replace it, set its variable and restart the workers',
      );
    }
    const wasDisabled = before.credential.disabledSince !== null;
    if (wasDisabled && !isDisabled) {
      alarmedAt.delete(credential);
      log.info({ credential }, 'a disabled credential is accepted again');
    }
    const [wasOpen, isOpen] = [before.candidate.openUntil !== null, after.candidate.openUntil !== null];
    if (isOpen && !wasOpen) {
      log.warn({ alarm: 'breaker-open', candidate: key, credential }, 'a provider keeps failing; its breaker is open');
    }
    if (wasOpen && !isOpen) log.info({ candidate: key, credential }, 'a provider has recovered; its breaker is closed');
    const now = Date.now();
    const beginsToRest = before.candidate.restingUntil <= now && after.candidate.restingUntil > now;
    return isOpen !== wasOpen || isDisabled !== wasDisabled || beginsToRest;
  };
}
