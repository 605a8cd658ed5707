import type { Choice, CircuitState, FailureKind } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import type { CostBasis } from '@lumenfall/operator';

/** Why a candidate was called. */
export const CALL_REASON: Readonly<Record<Choice, string>> = {
  forced: 'the client named this provider',
  only: 'it was the only candidate',
  preferred: 'first by priority, weight, health, speed and price',
  next: 'the call before had failed',
  'other-credential': 'the same offering with another key',
  probe: 'its circuit is open, and a few calls test whether it works again',
  'last-resort': 'it was unhealthy, but no healthy candidate was left',
  again: 'every candidate had failed, and after a pause all are tried again',
  hedge: 'in parallel, because the call before was slow',
};

/** What each kind of failure means. */
export const FAILURE: Readonly<Record<FailureKind, string>> = {
  client: 'the provider refused the request as invalid',
  moderation: 'the provider refused the content',
  auth: 'the provider refused the key',
  rate: 'the rate limit of the provider was reached',
  transient: 'the provider or the connection to it failed',
  timeout: 'the provider took too long',
  empty: 'the provider returned no result',
  ambiguous: 'the connection ended before the answer; the provider may have done the work',
  cancelled: 'the call was cancelled by the client or by Lumenfall',
};

/** Why an unhealthy candidate was not preferred. */
export const CIRCUIT_STATE: Readonly<Record<Exclude<CircuitState, 'healthy'>, string>> = {
  resting: 'resting: the provider asked for a pause (Retry-After)',
  open: 'open: its calls kept failing; about one call per second tests whether it works again',
  disabled: 'disabled: the provider refused its key; it is tried again every few minutes',
};

/** What the status of a request means, if the word alone does not say it; begins with a comma. */
export function explainStatus({ status, attempts, modality, charge }: RequestReport): string {
  switch (status) {
    case 'rejected':
      return ', refused before any provider was called';
    case 'cancelled':
      return modality === 'video' ? ', deleted before it was completed' : ', the client disconnected before the end';
    case 'upstream_failure':
      if (attempts.length === 0) return ', no provider could be called';
      return (charge?.quantities.length ?? 0) > 0 ? ', the answer was cut off' : ', no provider delivered';
    default:
      return '';
  }
}

const NOT_USED: Readonly<Record<string, string>> = {
  'no-credential': 'no key is set for this provider',
  'denied-by-organization': 'the lists of the organization exclude it',
  'not-forced': 'the client named another provider',
  'sandbox-stand-in': 'the sandbox plays this provider, and another provider is real',
  'mode-not-offered': 'it does not support this kind of request',
  unpriced: 'it has no price, and its provider does not report the cost',
};

export const whyNotUsed = (why: string): string => NOT_USED[why] ?? why;

export const COST_BASIS: Readonly<Record<CostBasis, string>> = {
  reported: 'the cost that the provider reported',
  priced: 'the usage that the provider reported, at the planned price',
  counted: 'estimated: the provider reported no usage; counted here, at the planned price',
  unpriced: 'NOT PRICED: the catalog has no price for this usage',
  nothing: 'nothing was delivered',
  open: 'not recorded yet',
};

/** What each state of a video means. */
export const VIDEO_STATE: Readonly<Record<NonNullable<RequestReport['video']>['state'], string>> = {
  pending: 'its hold is not placed yet',
  queued: 'waits to be submitted',
  submitting: 'is being submitted',
  submitted: 'accepted by the provider',
  running: 'the provider is generating it',
  unknown: 'the outcome of its submission is unknown; it is looked up and not submitted again',
  completed: 'delivered',
  failed: 'not delivered',
  cancelled: 'deleted before it was completed',
};
