import type { Limits } from '@lumenfall/contracts';
import { anOffering, aPlan } from '@lumenfall/testing';
import { claimsOf, estimatedTokensOf, periodsAt } from './limit-claims.js';
import { durationText, limitHeadersOf } from './limit-headers.js';
import { refusalOf } from './limit-refusal.js';

const NOW = Date.parse('2026-11-30T22:30:00.000Z');
const plan = aPlan({
  route: [
    anOffering(),
    anOffering({
      estimate: [
        { type: 'input', metric: 'token', quantity: 120.5 },
        { type: 'output', metric: 'token', quantity: 79 },
      ],
    }),
  ],
});
const ids = { keyId: 'k', organizationId: 'org_1' };
const claims = (key: Limits, organization: Limits = {}) => claimsOf({ ...ids, key, organization }, plan, NOW);

describe('the claims of a request', () => {
  it('are one for each limit that is set, each with a bucket of its own', () => {
    const all: Limits = {
      spendPerDayMicros: 1,
      spendPerMonthMicros: 2,
      requestsPerMinute: 3,
      tokensPerMinute: 4,
      requestsAtOnce: 5,
    };
    const made = claims(all, all);
    expect(made.map(({ name, owner, limit }) => [owner, name, limit])).toEqual(
      (['key', 'organization'] as const).flatMap((owner) => [
        [owner, 'spendPerMonthMicros', 2],
        [owner, 'spendPerDayMicros', 1],
        [owner, 'requestsAtOnce', 5],
        [owner, 'requestsPerMinute', 3],
        [owner, 'tokensPerMinute', 4],
      ]),
    );
    const buckets = made.map(({ claim }) => claim.bucket);
    // The two periods of a spend limit share their reservations.
    expect(new Set(buckets).size).toBe(buckets.length - 2);
    const figures = made.flatMap(({ claim }) => (claim.kind === 'lease' ? (claim.figure ?? []) : []));
    expect(figures).toEqual(['month:2026-11', 'day:2026-11-30', 'month:2026-11', 'day:2026-11-30']);
  });

  it('have the estimated tokens and the estimated cost of the plan', () => {
    expect(estimatedTokensOf(plan)).toBe(200);
    const [spend, tokens] = claims({ spendPerDayMicros: 1_000_000, tokensPerMinute: 1_000 });
    // 121 input tokens at 1 micro, 79 output tokens at 2.
    expect([spend?.claim.amount, tokens?.claim.amount]).toEqual([279, 200]);
  });
});

it('periods are UTC days and months', () => {
  const { day, month } = periodsAt(NOW);
  expect(day).toEqual({ name: 'day:2026-11-30', start: Date.parse('2026-11-30'), end: Date.parse('2026-12-01') });
  expect(month).toEqual({ name: 'month:2026-11', start: Date.parse('2026-11-01'), end: Date.parse('2026-12-01') });
  expect(periodsAt(Date.parse('2026-12-31T23:59:59.999Z')).month.end).toBe(Date.parse('2027-01-01'));
});

describe('the refusal of a limit', () => {
  it.each<[Limits, number, number | null, string, number | undefined]>([
    [
      { requestsPerMinute: 10 },
      10,
      11_200,
      'This API key is limited to 10 requests per minute. Send the request again in 12 seconds',
      11_200,
    ],
    [
      { tokensPerMinute: 1_000 },
      900,
      30_000,
      'This API key is limited to 1000 tokens per minute: 900 are used, and this request needs about 200. ' +
        'Send the request again in 30 seconds',
      30_000,
    ],
    [
      { tokensPerMinute: 100 },
      0,
      null,
      'This API key is limited to 100 tokens per minute, and this request needs about 200. ' +
        'Lower max_tokens or shorten the prompt',
      undefined,
    ],
    [
      { requestsAtOnce: 1 },
      1,
      null,
      'This API key is limited to 1 request at once. Send the request again when one has ended',
      1_000,
    ],
    [
      { spendPerDayMicros: 5_000_000 },
      4_900_000,
      null,
      'This API key may spend $5.00 per day (UTC): $4.90 are spent or reserved, and this request may cost $0.000279. ' +
        'Wait until 2026-12-01T00:00:00.000Z, or ask the operator for a higher limit',
      5_400_000,
    ],
  ])('%j says what is limited, its value and when to retry', (limits, used, retryMs, message, retryAfterMs) => {
    const [claim] = claims(limits);
    if (claim === undefined) throw new Error('The limit has no claim');
    const error = refusalOf(claim, used, retryMs, NOW);
    expect(error).toEqual({
      code: limits.spendPerDayMicros === undefined ? 'RATE_LIMITED' : 'SPEND_LIMIT_EXCEEDED',
      message,
      param: null,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  });

  it('names the organization if the limit is its own', () => {
    const [claim] = claims({}, { requestsPerMinute: 1 });
    if (claim === undefined) throw new Error('The limit has no claim');
    expect(refusalOf(claim, 1, 500, NOW).message).toBe(
      'Your organization is limited to 1 request per minute. Send the request again in 1 second',
    );
  });
});

it('the headers are of the limit of which less is left', () => {
  const made = claims({ requestsPerMinute: 10 }, { requestsPerMinute: 100, requestsAtOnce: 1 });
  const levels = [
    { used: 3, resetMs: 60_500 },
    { used: 1, resetMs: 0 },
    { used: 99, resetMs: 6_000 },
  ];
  expect(limitHeadersOf(made, levels)).toEqual({
    'x-ratelimit-limit-requests': '100',
    'x-ratelimit-remaining-requests': '1',
    'x-ratelimit-reset-requests': '6s',
  });
});

it.each([
  [0, '0ms'],
  [120, '120ms'],
  [1_000, '1s'],
  [6_450, '6.5s'],
  [60_000, '1m0s'],
  [61_020, '1m1.1s'],
])('%d ms are written as %s', (ms, text) => expect(durationText(ms)).toBe(text));
