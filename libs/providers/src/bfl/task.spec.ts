import { contextFor } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readBflRefusal } from './errors.js';
import { placeOf, readState, readSubmitted } from './task.js';

const REAL = { ...contextFor('https://api.bfl.ai', 'bfl').endpoint, baseUrl: 'https://api.bfl.ai/v1', sandbox: false };

describe('a submitted task', () => {
  it('names its cost, where it tells one', () => {
    expect(readSubmitted(fixtureJson('bfl', 'submitted.json'))).toMatchObject({ costUsd: '0.03' });
    expect(readSubmitted({ id: 'a', cost: 4.5 })).toMatchObject({ costUsd: '0.045' });
    expect(readSubmitted({ id: 'a', cost: 0 })).toMatchObject({ costUsd: '0' });
    expect(readSubmitted({ id: 'a' })).toMatchObject({ costUsd: null });
    expect(readSubmitted({})).toBeNull();
  });

  const own = { baseUrl: 'https://api.bfl.ai/v1', target: '/get_result?id=a%2Fb' };
  it.each([
    ['https://api.eu4.bfl.ai/v1/get_result?id=a', { baseUrl: 'https://api.eu4.bfl.ai', target: '/v1/get_result?id=a' }],
    ['https://api.us1.bfl.ai/v1/get_result', { baseUrl: 'https://api.us1.bfl.ai', target: '/v1/get_result?id=a%2Fb' }],
    ['https://api.bfl.ai/v1/get_result?id=a', { baseUrl: 'https://api.bfl.ai', target: '/v1/get_result?id=a' }],
    [null, own],
    ['nonsense', own],
    ['https://evil.example/get_result?id=a', own],
    ['https://bfl.ai.evil.example/get_result?id=a', own],
    ['https://evilbfl.ai/get_result?id=a', own],
    ['http://api.eu4.bfl.ai/v1/get_result?id=a', own],
    ['https://user:pass@api.eu4.bfl.ai/v1/get_result?id=a', own],
    ['https://api.eu4.bfl.ai:8443/v1/get_result?id=a', own],
  ])('with the address %j is asked for where its key may go', (pollingUrl, place) => {
    expect(placeOf({ id: 'a/b', pollingUrl, costUsd: null }, REAL)).toEqual(place);
  });

  it('of another server than the provider’s is asked for there only', () => {
    const endpoint = { ...REAL, baseUrl: 'https://proxy.example/v1' };
    const place = placeOf(
      { id: 'a', pollingUrl: 'https://api.eu4.bfl.ai/v1/get_result?id=a', costUsd: null },
      endpoint,
    );
    expect(place).toEqual({ baseUrl: 'https://proxy.example/v1', target: '/get_result?id=a' });
  });
});

describe('the state of a task', () => {
  it.each([
    ['pending.json', { running: true }],
    ['ready.json', { running: false, outcome: { ok: true, value: { reportedCostUsd: '0.03' } } }],
    ['ready-nothing.json', { running: false, outcome: { failure: { kind: 'empty' } } }],
    ['request-moderated.json', { running: false, outcome: { failure: { kind: 'moderation' } } }],
    ['content-moderated.json', { running: false, outcome: { failure: { kind: 'moderation' } } }],
    ['failed.json', { running: false, outcome: { failure: { kind: 'transient' } } }],
  ])('%s is read', (name, news) => {
    expect(readState(fixtureJson('bfl', name), '0.03')).toMatchObject({ ok: true, value: news });
  });

  it.each([
    [{ status: 'Dreaming' }, { ok: true, value: { running: true } }],
    [{}, { ok: false }],
    [null, { ok: false }],
    [fixtureJson('bfl', 'not-found.json'), { ok: false, failure: { kind: 'transient' } }],
  ])('%j is no verdict', (body, outcome) => expect(readState(body, null)).toMatchObject(outcome));
});

describe('readBflRefusal', () => {
  it.each([
    ['error-422.json', 'width: Input should be greater than or equal to 64'],
    ['error-402.json', 'Insufficient credits'],
    ['error-429.json', 'Too many active tasks'],
  ])('reads %s', (name, message) =>
    expect(readBflRefusal(400, fixtureJson('bfl', name))).toEqual({ message, kind: null }),
  );
});
