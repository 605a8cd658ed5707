import type { FailureKind } from '@lumenfall/contracts';
import { failureOfAnswer, kindOfStatus } from './failures.js';
import { failureOfBrokenCall, isStaleSocket, type BrokenCall } from './network-failure.js';

describe('kindOfStatus', () => {
  it.each<[number, FailureKind]>([
    [400, 'client'],
    [401, 'auth'],
    [402, 'auth'],
    [403, 'auth'],
    [404, 'client'],
    [408, 'timeout'],
    [409, 'transient'],
    [413, 'client'],
    [422, 'client'],
    [429, 'rate'],
    [451, 'moderation'],
    [499, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
    [529, 'transient'],
  ])('%d is %s', (status, kind) => expect(kindOfStatus(status)).toBe(kind));
});

describe('failureOfAnswer', () => {
  const read = () => ({ message: 'Your account acme owes 5 USD', kind: null });

  it('speaks of our account in our own words', () => {
    expect(failureOfAnswer({ status: 402, headers: {}, body: {} }, read, []).message).toBe(
      'The provider refused our account',
    );
  });

  it.each([
    [{ 'retry-after': '1e300' }, 86_400_000],
    [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 86_400_000],
    [{ 'retry-after': '-3' }, null],
    [{ 'retry-after': '2.0004' }, 2_000],
  ])('tells no one to wait for longer than a day: %j', (headers, ms) => {
    expect(failureOfAnswer({ status: 429, headers, body: '' }, read, []).retryAfterMs).toBe(ms);
  });

  it('does not believe a body that says so either', () => {
    const forAges = () => ({ message: null, kind: null, retryAfterMs: 1e300 });
    expect(failureOfAnswer({ status: 429, headers: {}, body: {} }, forAges, []).retryAfterMs).toBe(86_400_000);
  });

  it('does not follow redirects', () => {
    expect(failureOfAnswer({ status: 302, headers: { location: 'http://10.0.0.1/' }, body: '' }, read, [])).toEqual({
      kind: 'transient',
      message: 'The provider answered with a redirect, which is not followed',
      status: 302,
      retryAfterMs: null,
    });
  });
});

describe('failureOfBrokenCall', () => {
  const call: BrokenCall = { stopped: null, code: null, sent: false, unrepeatable: false };

  it.each<[Partial<BrokenCall>, FailureKind]>([
    [{ code: 'ECONNREFUSED' }, 'transient'],
    [{ code: 'ENOTFOUND' }, 'transient'],
    [{ code: 'ECONNRESET', sent: true }, 'transient'],
    [{ code: 'ETIMEDOUT' }, 'timeout'],
    [{ stopped: 'connect' }, 'timeout'],
    [{ stopped: 'first byte', sent: true }, 'timeout'],
    [{ stopped: 'cancelled', sent: true }, 'cancelled'],
    [{ unrepeatable: true, code: 'ECONNREFUSED' }, 'transient'],
    [{ unrepeatable: true, stopped: 'connect' }, 'timeout'],
    [{ unrepeatable: true, stopped: 'cancelled' }, 'cancelled'],
    [{ unrepeatable: true, sent: true, code: 'ECONNRESET' }, 'ambiguous'],
    [{ unrepeatable: true, sent: true, stopped: 'first byte' }, 'ambiguous'],
    [{ unrepeatable: true, sent: true, stopped: 'cancelled' }, 'ambiguous'],
  ])('%j is %s', (how, kind) => expect(failureOfBrokenCall({ ...call, ...how }).kind).toBe(kind));

  it('knows a socket that had gone stale', () => {
    expect(isStaleSocket('ECONNRESET', true)).toBe(true);
    expect(isStaleSocket('ECONNRESET', false)).toBe(false);
    expect(isStaleSocket('ECONNREFUSED', true)).toBe(false);
  });
});
