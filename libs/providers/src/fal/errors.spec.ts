import { fixtureJson } from '../contract/replay-server.js';
import { isStillInProgress, isVerdict, readFalRefusal } from './errors.js';

describe('readFalRefusal', () => {
  it.each([
    ['error-422.json', 422, null, "duration: Input should be '5' or '10'"],
    ['error-422-moderation.json', 422, 'moderation', /^prompt: The content could not be processed/],
    ['error-504.json', 504, 'timeout', 'Request timed out'],
    ['error-403.json', 403, null, /Exhausted balance/],
    ['error-400-in-progress.json', 400, null, 'Request is still in progress'],
  ])('reads %s', (name, status, kind, message) => {
    const refusal = readFalRefusal(status, fixtureJson('fal', name));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).toMatch(message);
  });

  it('calls a job that fal cancelled transient, because our client is still waiting', () => {
    const detail = [{ loc: ['body'], msg: 'Request was cancelled', type: 'client_cancelled' }];
    expect(readFalRefusal(499, { detail }).kind).toBe('transient');
  });

  it.each([[null], ['Bad Gateway'], [{}], [{ detail: [{}] }]])('reads %j as an error without a kind', (body) => {
    expect(readFalRefusal(502, body).kind).toBeNull();
  });
});

describe('isVerdict', () => {
  it.each([
    ['error-422.json', 422, true],
    ['error-422-moderation.json', 422, true],
    ['error-504.json', 504, true],
    ['error-403.json', 403, false],
    ['error-400-in-progress.json', 400, false],
  ])('of %s with HTTP %d is %p', (name, status, verdict) => {
    expect(isVerdict(status, fixtureJson('fal', name))).toBe(verdict);
  });

  it.each<[number, unknown, boolean]>([
    [502, '<html>', false],
    [502, { error: 'bad gateway' }, false],
    [422, [{ msg: 'duration is wrong' }], true],
    [400, { errors: ['duration is wrong'] }, true],
    [429, { detail: 'too many' }, false],
  ])('of HTTP %d with %j is %p', (status, body, verdict) => expect(isVerdict(status, body)).toBe(verdict));
  it('recognises the 400 of a result that is not ready', () => {
    expect(isStillInProgress(fixtureJson('fal', 'error-400-in-progress.json'))).toBe(true);
  });
});
