import { apiError, type ApiError, type FailureKind, type Plan, type PlannedOffering } from '@lumenfall/contracts';
import type { ProviderFailure } from '@lumenfall/providers';
import type { AbortReason } from '@lumenfall/queue';

/**
 * The client's error for a route without an answer. `failure` is the last failure, of `offering`.
 *
 * A verdict on the request keeps the provider's own 4xx (400 for moderation). Any other failure is an `UPSTREAM_ERROR`
 * if the client forced the provider, else `ALL_PROVIDERS_EXHAUSTED`.
 */
export function routeError(plan: Pick<Plan, 'forced'>, offering: PlannedOffering, failure: ProviderFailure): ApiError {
  switch (failure.kind) {
    case 'moderation':
      return apiError('CONTENT_POLICY_VIOLATION', failure.message);
    case 'client':
      return clientError(offering, failure);
    case 'cancelled':
      return apiError('CANCELLED', 'The request was cancelled');
    default:
      return plan.forced
        ? apiError('UPSTREAM_ERROR', named(offering, failure), { ...clientFacing(failure), ...retryHint(failure) })
        : apiError('ALL_PROVIDERS_EXHAUSTED', `All providers failed. ${named(offering, failure)}`, retryHint(failure));
  }
}

/** The request's own fault. Without a status it was found here, before the provider was called. */
function clientError(offering: PlannedOffering, failure: ProviderFailure): ApiError {
  const param = failure.param ?? null;
  if (failure.problem === 'context-length') {
    return apiError('CONTEXT_LENGTH_EXCEEDED', named(offering, failure), { param: param ?? 'messages' });
  }
  if (failure.status === null && param !== null) return apiError('INVALID_REQUEST', failure.message, { param });
  return apiError('UPSTREAM_ERROR', named(offering, failure), { status: clientStatus(failure.status) ?? 400, param });
}

function named(offering: PlannedOffering, failure: ProviderFailure): string {
  return `${offering.providerName}: ${failure.message}`;
}

/** A refusal of our key (401, 402, 403) must not look like a refusal of the client's key. */
function clientFacing(failure: ProviderFailure): { status?: number } {
  const status = failure.kind === 'auth' ? null : clientStatus(failure.status);
  return status === null ? {} : { status };
}

function retryHint(failure: ProviderFailure): { retryAfterMs?: number } {
  return failure.retryAfterMs === null ? {} : { retryAfterMs: Math.round(failure.retryAfterMs) };
}

function clientStatus(status: number | null): number | null {
  return status !== null && status >= 400 && status < 500 ? status : null;
}

/** The client's error for work that was aborted. */
export function abortError(reason: Exclude<AbortReason, 'handed-back'>): ApiError {
  return reason === 'cancelled'
    ? apiError('CANCELLED', 'The request was cancelled')
    : apiError('TIMEOUT', 'The request did not finish within its time limit');
}

/** A failure that did not come from a provider's answer. */
export function ownFailure(kind: FailureKind, message: string, retryAfterMs: number | null = null): ProviderFailure {
  return { kind, message, status: null, retryAfterMs };
}
