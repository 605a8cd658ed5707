import type { LimitsView } from '@lumenfall/operator';
import type { Command } from 'commander';
import { inUsd } from '../columns.js';

export interface LimitOptions {
  spendPerDay?: string;
  spendPerMonth?: string;
  requestsPerMinute?: string;
  tokensPerMinute?: string;
  requestsAtOnce?: string;
}

/** Adds an option for each limit. */
export const withLimits = (command: Command): Command =>
  command
    .option('--spend-per-day <usd>', 'limit the charges of a UTC day; none turns the limit off')
    .option('--spend-per-month <usd>', 'limit the charges of a UTC calendar month')
    .option('--requests-per-minute <n>', 'limit the requests of a minute')
    .option('--tokens-per-minute <n>', 'limit the tokens of a minute')
    .option('--requests-at-once <n>', 'limit the requests that run at the same time');

/** The limits as the operations read them; undefined if no option is given. */
export function limitsOf(options: LimitOptions): object | undefined {
  const limits = {
    spend_per_day: amountOf(options.spendPerDay),
    spend_per_month: amountOf(options.spendPerMonth),
    requests_per_minute: countOf(options.requestsPerMinute),
    tokens_per_minute: countOf(options.tokensPerMinute),
    requests_at_once: countOf(options.requestsAtOnce),
  };
  return Object.values(limits).some((limit) => limit !== undefined) ? limits : undefined;
}

const amountOf = (text: string | undefined): string | null | undefined => (text === 'none' ? null : text);

/** Anything but digits is passed on: the operation refuses it with the name of the field. */
function countOf(text: string | undefined): number | string | null | undefined {
  if (text === 'none') return null;
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : text;
}

/** The limits in words. */
export function inLimits(limits: LimitsView | null): string {
  if (limits === null) return 'cannot be read: every request is refused; set them again';
  const parts: [number | null, (value: number) => string][] = [
    [limits.spend_per_day, (usd) => `${inUsd(usd)} per day`],
    [limits.spend_per_month, (usd) => `${inUsd(usd)} per month`],
    [limits.requests_per_minute, (count) => `${count} requests per minute`],
    [limits.tokens_per_minute, (count) => `${count} tokens per minute`],
    [limits.requests_at_once, (count) => `${count} requests at once`],
  ];
  const set = parts.flatMap(([value, inWords]) => (value === null ? [] : [inWords(value)]));
  return set.length === 0 ? 'none' : set.join(', ');
}
