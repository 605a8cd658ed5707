import type { LimitName, Limits, Plan } from '@lumenfall/contracts';
import { estimateMicrosOf } from '@lumenfall/metering';
import type { Claim } from '@lumenfall/queue';

/** The limits that apply to a request. */
export interface AppliedLimits {
  keyId: string;
  organizationId: string;
  key: Limits;
  organization: Limits;
}

/** Null if no limit is set: then a request costs nothing more. */
export const appliedLimits = (limits: AppliedLimits): AppliedLimits | null =>
  Object.keys(limits.key).length + Object.keys(limits.organization).length === 0 ? null : limits;

/** One limit of one owner, and what a request takes of it. */
export interface LimitClaim {
  name: LimitName;
  owner: 'key' | 'organization';
  limit: number;
  claim: Claim;
}

export const MINUTE_MS = 60_000;
/** A lease ends this long after its gateway died. */
export const LEASE_MS = 30_000;

/** What a request takes of each limit that is set. @param now Unix ms */
export function claimsOf(limits: AppliedLimits, plan: Plan, now: number): LimitClaim[] {
  return [
    ...claimsOfOwner('key', limits.keyId, limits.key, plan, now),
    ...claimsOfOwner('organization', limits.organizationId, limits.organization, plan, now),
  ];
}

function claimsOfOwner(
  owner: LimitClaim['owner'],
  ownerId: string,
  limits: Limits,
  plan: Plan,
  now: number,
): LimitClaim[] {
  const bucket = (kind: string): string => `${kind}:${owner}:${ownerId}`;
  const { day, month } = periodsAt(now);
  const spend = (limit: number, figure: string): Claim => ({
    kind: 'lease',
    bucket: spendBucketOf(owner, ownerId),
    limit,
    amount: estimateMicrosOf(plan),
    ttlMs: LEASE_MS,
    figure,
  });
  const claims: { [N in LimitName]: (limit: number) => Claim } = {
    spendPerMonthMicros: (limit) => spend(limit, month.name),
    spendPerDayMicros: (limit) => spend(limit, day.name),
    requestsAtOnce: (limit) => ({ kind: 'lease', bucket: bucket('running'), limit, amount: 1, ttlMs: LEASE_MS }),
    requestsPerMinute: (limit) => ({
      kind: 'window',
      bucket: bucket('requests'),
      limit,
      amount: 1,
      windowMs: MINUTE_MS,
    }),
    tokensPerMinute: (limit) => ({
      kind: 'window',
      bucket: bucket('tokens'),
      limit,
      amount: estimatedTokensOf(plan),
      windowMs: MINUTE_MS,
    }),
  };
  // In this order a limit of a month is reported before that of a day.
  return (Object.keys(claims) as LimitName[]).flatMap((name) => {
    const limit = limits[name];
    return limit === undefined ? [] : [{ name, owner, limit, claim: claims[name](limit) }];
  });
}

/** Reservations and figures of the spend limits, of a day and of a month, share one bucket. */
export const spendBucketOf = (owner: LimitClaim['owner'], ownerId: string): string => `spend:${owner}:${ownerId}`;

/** Input and output tokens at the offering that needs most; 0 for models that do not count tokens. */
export function estimatedTokensOf(plan: Plan): number {
  const totals = plan.route.map(({ estimate }) =>
    estimate.reduce((sum, { metric, quantity }) => sum + (metric === 'token' ? quantity : 0), 0),
  );
  return Math.ceil(Math.max(0, ...totals));
}

export interface Period {
  /** Of the figure in the counters: `day:2026-11-25`, `month:2026-11`. */
  name: string;
  /** Unix ms. */
  start: number;
  /** Unix ms: when the next one starts. */
  end: number;
}

/** The UTC day and month of a moment. @param now Unix ms */
export function periodsAt(now: number): { day: Period; month: Period } {
  const date = new Date(now);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const text = date.toISOString();
  return {
    day: { name: `day:${text.slice(0, 10)}`, start: Date.UTC(year, month, day), end: Date.UTC(year, month, day + 1) },
    month: { name: `month:${text.slice(0, 7)}`, start: Date.UTC(year, month), end: Date.UTC(year, month + 1) },
  };
}
