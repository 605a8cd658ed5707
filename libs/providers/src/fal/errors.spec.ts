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

  it('takes work that was stopped there for its own doing: our client is still waiting', () => {
    const detail = [{ loc: ['body'], msg: 'Request was cancelled', type: 'client_cancelled' }];
    expect(readFalRefusal(499, { detail }).kind).toBe('transient');
  });

  it.each([[null], ['Bad Gateway'], [{}], [{ detail: [{}] }]])('survives %j', (body) => {
    expect(readFalRefusal(502, body).kind).toBeNull();
  });
});

describe('a refused result', () => {
  it.each([
    ['error-422.json', 422, true],
    ['error-422-moderation.json', 422, true],
    ['error-504.json', 504, true],
    ['error-403.json', 403, false],
    ['error-400-in-progress.json', 400, false],
  ])('%s with %d is the job’s verdict: %p', (name, status, verdict) => {
    expect(isVerdict(status, fixtureJson('fal', name))).toBe(verdict);
  });

  it('is no verdict where fal did not speak', () => expect(isVerdict(502, '<html>')).toBe(false));
  it('may say that it is too early', () => {
    expect(isStillInProgress(fixtureJson('fal', 'error-400-in-progress.json'))).toBe(true);
  });
});
