import type { FailureKind } from '@lumenfall/contracts';
import {
  failureInBody,
  failureOfAnswer,
  failureOfBrokenCall,
  isStaleSocket,
  kindOfStatus,
  readRetryAfter,
  type BrokenCall,
} from './failures.js';

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
  ])('HTTP %d is %s', (status, kind) => expect(kindOfStatus(status)).toBe(kind));
});

describe('failureOfAnswer', () => {
  const read = () => ({ message: 'Your account acme owes 5 USD', kind: null });

  it('replaces a sentence about our account by our own', () => {
    expect(failureOfAnswer({ status: 402, headers: {}, body: {} }, read, []).message).toBe(
      'The provider refused our account',
    );
  });

  it.each([
    [{ 'retry-after': '1e300' }, 86_400_000],
    [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 86_400_000],
    [{ 'retry-after': '-3' }, null],
    [{ 'retry-after': '2.0004' }, 2_000],
  ])('limits a wait to a day: %j', (headers, ms) => {
    expect(failureOfAnswer({ status: 429, headers, body: '' }, read, []).retryAfterMs).toBe(ms);
  });

  it('limits a wait that the body names to a day', () => {
    const forYears = () => ({ message: null, kind: null, retryAfterMs: 1e300 });
    expect(failureOfAnswer({ status: 429, headers: {}, body: {} }, forYears, []).retryAfterMs).toBe(86_400_000);
  });

  it('makes a redirect a transient failure', () => {
    expect(failureOfAnswer({ status: 302, headers: { location: 'http://10.0.0.1/' }, body: '' }, read, [])).toEqual({
      kind: 'transient',
      message: 'The provider answered with a redirect, which is not followed',
      status: 302,
      retryAfterMs: null,
    });
  });
});

describe('failureOfBrokenCall', () => {
  const call: BrokenCall = { abortedBy: null, code: null, sent: false, unrepeatable: false };

  it.each<[Partial<BrokenCall>, FailureKind]>([
    [{ code: 'ECONNREFUSED' }, 'transient'],
    [{ code: 'ENOTFOUND' }, 'transient'],
    [{ code: 'ECONNRESET', sent: true }, 'transient'],
    [{ code: 'ETIMEDOUT' }, 'timeout'],
    [{ abortedBy: 'connect' }, 'timeout'],
    [{ abortedBy: 'first byte', sent: true }, 'timeout'],
    [{ abortedBy: 'cancelled', sent: true }, 'cancelled'],
    [{ unrepeatable: true, code: 'ECONNREFUSED' }, 'transient'],
    [{ unrepeatable: true, abortedBy: 'connect' }, 'timeout'],
    [{ unrepeatable: true, abortedBy: 'cancelled' }, 'cancelled'],
    [{ unrepeatable: true, sent: true, code: 'ECONNRESET' }, 'ambiguous'],
    [{ unrepeatable: true, sent: true, abortedBy: 'first byte' }, 'ambiguous'],
    [{ unrepeatable: true, sent: true, abortedBy: 'cancelled' }, 'ambiguous'],
  ])('a call that broke with %j is %s', (how, kind) =>
    expect(failureOfBrokenCall({ ...call, ...how }).kind).toBe(kind),
  );

  it('recognises a socket that the provider had closed while it was idle', () => {
    expect(isStaleSocket('ECONNRESET', true)).toBe(true);
    expect(isStaleSocket('ECONNRESET', false)).toBe(false);
    expect(isStaleSocket('ECONNREFUSED', true)).toBe(false);
  });
});

const NOW = Date.parse('2026-11-22T12:00:00Z');

describe('readRetryAfter', () => {
  it.each([
    [{ 'retry-after': '20' }, 20_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': ' ' }, null],
    [{}, null],
  ])('reads %j as %p ms', (headers, ms) => expect(readRetryAfter(headers, NOW)).toBe(ms));
});

describe('failureInBody', () => {
  const read = (_status: number, body: unknown) => ({
    message: null,
    kind: JSON.stringify(body).includes('bad_key') ? ('auth' as const) : null,
  });
  it.each<[unknown, FailureKind, string]>([
    [{ error: { message: 'down', code: 'bad_key' } }, 'auth', 'The provider refused our account'],
    [{ error: { message: 'blocked by our safety system' } }, 'moderation', 'blocked by our safety system'],
    [{ error: { message: 'no', type: 'content_filter' } }, 'moderation', 'no'],
    [{ error: { message: 'size is wrong', code: 422 } }, 'client', 'size is wrong'],
    [{ error: { message: 'slow down', code: '429' } }, 'rate', 'The provider is limiting our requests'],
    [[{ error: { message: 'in an array' } }], 'transient', 'in an array'],
    [{ errors: ['something broke'] }, 'transient', 'something broke'],
    [{ error: {} }, 'transient', 'The provider failed'],
  ])('reads %j as %s', (body, kind, message) =>
    expect(failureInBody(body, read, { secrets: [] })).toMatchObject({ kind, message }),
  );
});
