import { apiError, type ApiError } from '@lumenfall/contracts';
import { formatUsd, micros } from '@lumenfall/money';
import { periodsAt, type LimitClaim } from './limit-claims.js';

const OWNERS = { key: 'This API key', organization: 'Your organization' } as const;

/** How soon a request may be sent again that waits for the end of another, in ms. */
const AT_ONCE_RETRY_MS = 1_000;

/**
 * The answer to a request that a limit refuses: which limit, its value, and when to send the request again.
 *
 * @param used of the limit, without this request
 * @param retryMs null: not known, or never
 * @param now Unix ms
 */
export function refusalOf(refused: LimitClaim, used: number, retryMs: number | null, now: number): ApiError {
  const { name, limit, claim } = refused;
  const owner = OWNERS[refused.owner];
  const again = retryMs === null ? '' : `. Send the request again in ${secondsText(retryMs)}`;
  const rateLimited = (message: string, afterMs = retryMs): ApiError =>
    apiError('RATE_LIMITED', message, afterMs === null ? {} : { retryAfterMs: afterMs });
  switch (name) {
    case 'requestsPerMinute':
      return rateLimited(`${owner} is limited to ${counted(limit, 'request')} per minute${again}`);
    case 'tokensPerMinute': {
      const needs = `this request needs about ${claim.amount}`;
      if (claim.amount > limit) {
        const advice = 'Lower max_tokens or shorten the prompt';
        return rateLimited(`${owner} is limited to ${counted(limit, 'token')} per minute, and ${needs}. ${advice}`);
      }
      return rateLimited(
        `${owner} is limited to ${counted(limit, 'token')} per minute: ${used} are used, and ${needs}${again}`,
      );
    }
    case 'requestsAtOnce':
      return rateLimited(
        `${owner} is limited to ${counted(limit, 'request')} at once. Send the request again when one has ended`,
        AT_ONCE_RETRY_MS,
      );
    case 'spendPerDayMicros':
      return overspent(refused, used, 'day', now);
    case 'spendPerMonthMicros':
      return overspent(refused, used, 'month', now);
  }
}

function overspent({ owner, limit, claim }: LimitClaim, used: number, unit: 'day' | 'month', now: number): ApiError {
  const { end } = periodsAt(now)[unit];
  const usd = (amount: number): string => formatUsd(micros(Math.round(amount)));
  return apiError(
    'SPEND_LIMIT_EXCEEDED',
    `${OWNERS[owner]} may spend ${usd(limit)} per ${unit} (UTC): ${usd(used)} are spent or reserved, and this request ` +
      `may cost ${usd(claim.amount)}. Wait until ${new Date(end).toISOString()}, or ask the operator for a higher limit`,
    { retryAfterMs: end - now },
  );
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const secondsText = (ms: number): string => counted(Math.max(1, Math.ceil(ms / 1_000)), 'second');
