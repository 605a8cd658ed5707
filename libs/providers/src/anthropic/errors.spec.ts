import { fixtureJson } from '../contract/replay-server.js';
import { failureOfAnswer } from '../http/index.js';
import { readAnthropicRefusal } from './errors.js';

const failureOf = (status: number, body: unknown) =>
  failureOfAnswer({ status, headers: {}, body }, readAnthropicRefusal, ['sk-ant-secret']);

describe('readAnthropicRefusal', () => {
  it.each([
    ['error-400.json', 400, 'client'],
    ['error-400-credit.json', 400, 'auth'],
    ['error-400-filter.json', 400, 'moderation'],
    ['error-401.json', 401, 'auth'],
    ['error-403.json', 403, 'auth'],
    ['error-404.json', 404, 'transient'],
    ['error-413.json', 413, 'client'],
    ['error-429.json', 429, 'rate'],
    ['error-500.json', 500, 'transient'],
    ['error-504.json', 504, 'timeout'],
    ['error-529.json', 529, 'transient'],
  ])('reads %s with the status %d as %s', (name, status, kind) => {
    expect(failureOf(status, fixtureJson('anthropic', name))).toMatchObject({ kind, status });
  });

  it.each([
    ['the page of a proxy', 502, '<html>bad gateway</html>', 'transient'],
    ['an unknown type', 400, { type: 'error', error: { type: 'new_error', message: 'x' } }, 'client'],
    ['an empty body', 529, null, 'transient'],
  ])('leaves %s to the HTTP status', (_what, status, body, kind) => expect(failureOf(status, body).kind).toBe(kind));

  it('does not repeat the name of our organization', () => {
    expect(failureOf(429, fixtureJson('anthropic', 'error-429.json')).message).not.toMatch(/org/);
  });
});
