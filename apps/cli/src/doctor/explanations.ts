import type { Choice, FailureKind, CircuitState } from '@lumenfall/contracts';
import type { RequestReport } from '@lumenfall/ledger';
import type { CostBasis } from './cost-of.js';

/** Why an offering was tried when it was. */
export const CHOSEN: Readonly<Record<Choice, string>> = {
  forced: 'the client asked for this provider by name',
  only: 'there was nothing to choose from',
  preferred: 'first by priority, weight, health, speed and price',
  next: 'the one before had failed',
  'other-credential': 'the same offering, with another key',
  probe: 'its breaker lets one call a while through, to see whether it is back',
  'last-resort': 'it was not well, but nothing better was left, perhaps after a pause',
  again: 'another round after a pause, since all had failed',
  hedge: 'beside a slow one',
};

/** What a kind of failure says, and so what was done about it. */
export const FAILED: Readonly<Record<FailureKind, string>> = {
  client: 'the request itself was refused',
  moderation: 'the content was refused',
  auth: 'the key was refused',
  rate: 'the provider limits how much we may ask',
  transient: 'the provider broke down',
  timeout: 'the provider took too long',
  empty: 'the provider answered with nothing',
  ambiguous: 'nobody saw the end of the call; the work may have been done',
  cancelled: 'the call was ended from here',
};

/** Why a stop that is not well was set aside. */
export const SET_ASIDE: Readonly<Record<Exclude<CircuitState, 'healthy'>, string>> = {
  resting: 'resting: it had asked to be left alone for a while',
  open: 'open: it kept failing, and is given one call a second or two until one succeeds',
  disabled: 'disabled: its key had been refused, and is tried again every few minutes',
};

/** What a status means, where it is not plain. */
export function whatCameOfIt({ status, attempts, modality, charge }: RequestReport): string {
  switch (status) {
    case 'rejected':
      return ', refused before any provider was asked';
    case 'cancelled':
      return modality === 'video' ? ', deleted before its end' : ', its client left before the end';
    case 'upstream_failure':
      if (attempts.length === 0) return ', no provider could be asked';
      return (charge?.quantities.length ?? 0) > 0 ? ', the answer broke off' : ', no provider delivered';
    default:
      return '';
  }
}

const PASSED_OVER: Readonly<Record<string, string>> = {
  'no-credential': 'no key is set for this provider',
  'denied-by-organization': "the organization's lists do not allow it",
  'not-forced': 'the client asked for another provider by name',
  'sandbox-stand-in': 'only the sandbox stands in for it, and another provider is real',
  'mode-not-offered': 'it does not do what was asked for',
};

export const whyPassedOver = (why: string): string => PASSED_OVER[why] ?? why;

export const BASIS: Readonly<Record<CostBasis, string>> = {
  reported: 'as the provider reported it',
  priced: "the provider's units at the price of the plan",
  counted: 'units counted here, since the provider reported none, at the price of the plan',
  unpriced: 'NOT PRICED: no price was known for what was used',
  nothing: 'nothing was delivered',
  open: 'not recorded yet',
};
