import { clientWith, contextFor } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readBflRefusal } from './errors.js';
import { pollAddressOf, readState, readSubmitted } from './image-answer.js';

const http = clientWith(readBflRefusal);

const REAL = { ...contextFor('https://api.bfl.ai', 'bfl').endpoint, baseUrl: 'https://api.bfl.ai/v1', sandbox: false };

describe('readSubmitted and pollAddressOf', () => {
  it('read the id and the cost, also as text', () => {
    expect(readSubmitted(fixtureJson('bfl', 'submitted.json'))).toMatchObject({ costUsd: '0.03' });
    expect(readSubmitted({ id: 'a', cost: 4.5 })).toMatchObject({ costUsd: '0.045' });
    expect(readSubmitted({ id: 7, cost: '4.5' })).toMatchObject({ id: '7', costUsd: '0.045' });
    expect(readSubmitted({ id: 'a', cost: 'free', polling_url: 3 })).toEqual({
      id: 'a',
      pollingUrl: null,
      costUsd: null,
    });
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
  ])('poll a task with the URL %j on BFL’s own hosts only', (pollingUrl, place) => {
    expect(pollAddressOf({ id: 'a/b', pollingUrl, costUsd: null }, REAL)).toEqual(place);
  });

  it('poll a task of a proxy at the proxy', () => {
    const endpoint = { ...REAL, baseUrl: 'https://proxy.example/v1' };
    const place = pollAddressOf(
      { id: 'a', pollingUrl: 'https://api.eu4.bfl.ai/v1/get_result?id=a', costUsd: null },
      endpoint,
    );
    expect(place).toEqual({ baseUrl: 'https://proxy.example/v1', target: '/get_result?id=a' });
  });
});

describe('readState', () => {
  it.each([
    ['pending.json', { running: true }],
    ['ready.json', { running: false, outcome: { ok: true, value: { reportedCostUsd: '0.03' } } }],
    ['ready-nothing.json', { running: false, outcome: { error: { kind: 'empty' } } }],
    ['request-moderated.json', { running: false, outcome: { error: { kind: 'moderation' } } }],
    ['content-moderated.json', { running: false, outcome: { error: { kind: 'moderation' } } }],
    ['failed.json', { running: false, outcome: { error: { kind: 'transient' } } }],
  ])('reads %s', (name, state) => {
    expect(readState(fixtureJson('bfl', name), '0.03', http)).toMatchObject({ ok: true, value: state });
  });

  it.each([
    [{ status: 'Dreaming' }, { ok: true, value: { running: true } }],
    [
      { status: 'PENDING', progress: '40%' },
      { ok: true, value: { running: true } },
    ],
    [{}, { ok: false }],
    [null, { ok: false }],
    [fixtureJson('bfl', 'not-found.json'), { ok: false, error: { kind: 'transient' } }],
  ])('does not end a task because of %j', (body, outcome) =>
    expect(readState(body, null, http)).toMatchObject(outcome),
  );
});

describe('readState of other spellings', () => {
  it.each([
    [{ status: 'READY', result: { sample: 'https://a/b.png' } }, { ok: true }],
    [{ status: 'succeeded', result: { sample: 'https://a/b.png', seed: 'x' }, progress: '100%' }, { ok: true }],
    [{ status: 'done', output: ['https://a/b.png'] }, { ok: true }],
    [{ status: 'request_moderated' }, { error: { kind: 'moderation' } }],
    [{ status: 'failed', error: { message: 'no GPU' } }, { error: { kind: 'transient', message: 'no GPU' } }],
    [{ status: 'Error', result: { error: 'flagged by content policy' } }, { error: { kind: 'moderation' } }],
  ])('ends a task with %j', (body, outcome) =>
    expect(readState(body, null, http)).toMatchObject({ value: { running: false, outcome } }),
  );
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
