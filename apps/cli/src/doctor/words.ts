import type { Choice } from '@lumenfall/contracts';
import type { CostBasis } from './cost-of.js';

/** Why an offering was tried when it was. */
export const CHOSEN: Readonly<Record<Choice, string>> = {
  forced: 'the client asked for this provider by name',
  only: 'there was nothing to choose from',
  preferred: 'first by priority, weight, health, speed and price',
  next: 'the one before had failed',
  'other-credential': 'the same offering, with another key',
  probe: 'its breaker lets one call a while through, to see whether it is back',
  'last-resort': 'unhealthy, but the healthy ones had failed',
  again: 'another round, since all had failed',
  hedge: 'beside a slow one',
};

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
