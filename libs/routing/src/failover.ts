import type { FailureKind } from '@lumenfall/contracts';

/**
 * Whether another candidate may be tried after a failure of this kind. `client` and `moderation` are verdicts on the
 * request, and `cancelled` is its client's; after `ambiguous` the provider may be doing the work, so a second start
 * could be paid twice.
 */
const MAY_FAIL_OVER: Readonly<Record<FailureKind, boolean>> = {
  client: false,
  moderation: false,
  cancelled: false,
  ambiguous: false,
  auth: true,
  rate: true,
  transient: true,
  timeout: true,
  empty: true,
};

export function mayFailOver(kind: FailureKind): boolean {
  return MAY_FAIL_OVER[kind];
}
