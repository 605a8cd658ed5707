import { apiError, type ApiError, type Plan, type PlannedOffering } from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';

/**
 * What the client is told when a route ended without an answer: `failure` is the last one, `offering` where it happened.
 *
 * A verdict on the request itself surfaces as the provider's own 4xx (or as 400 for its moderation). Everything else is
 * one provider's trouble: named as such where the client forced that provider, 502 for the whole route otherwise.
 */
export function routeError(plan: Pick<Plan, 'forced'>, offering: PlannedOffering, failure: ProviderFailure): ApiError {
  switch (failure.kind) {
    case 'moderation':
      return apiError('CONTENT_POLICY_VIOLATION', failure.message);
    case 'client':
      return apiError('UPSTREAM_ERROR', said(offering, failure), { status: clientStatus(failure.status) ?? 400 });
    case 'cancelled':
      return apiError('CANCELLED', 'The request was cancelled');
    default:
      return plan.forced
        ? apiError('UPSTREAM_ERROR', said(offering, failure), { ...surfacing(failure), ...retryHint(failure) })
        : apiError('ALL_PROVIDERS_EXHAUSTED', `All providers failed. ${said(offering, failure)}`, retryHint(failure));
  }
}

function said(offering: PlannedOffering, failure: ProviderFailure): string {
  return `${offering.providerName}: ${failure.message}`;
}

/** Our key's trouble (401, 402, 403) is not the client's: those statuses would tell it to look at its own key. */
function surfacing(failure: ProviderFailure): { status?: number } {
  const status = failure.kind === 'auth' ? null : clientStatus(failure.status);
  return status === null ? {} : { status };
}

function retryHint(failure: ProviderFailure): { retryAfterMs?: number } {
  return failure.retryAfterMs === null ? {} : { retryAfterMs: Math.round(failure.retryAfterMs) };
}

function clientStatus(status: number | null): number | null {
  return status !== null && status >= 400 && status < 500 ? status : null;
}
