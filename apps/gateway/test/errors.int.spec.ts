import { eventually } from '@lumenfall/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';

const gateway = new RunningGateway();
beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';
const VIDEOS = '/openai/v1/videos';

describe('an error', () => {
  it.each<[string, string, RequestInit & { json?: unknown }, number, string, string | null, string]>([
    [
      'bad JSON',
      CHAT,
      { method: 'POST', body: '{"model":', headers: { 'content-type': 'application/json' } },
      400,
      'INVALID_REQUEST',
      null,
      'not valid JSON',
    ],
    [
      'JSON nested without end',
      CHAT,
      { method: 'POST', body: '['.repeat(100_000), headers: { 'content-type': 'application/json' } },
      400,
      'INVALID_REQUEST',
      null,
      'JSON',
    ],
    ['no body', CHAT, { method: 'POST' }, 400, 'INVALID_REQUEST', null, 'empty'],
    [
      'an empty JSON body',
      CHAT,
      { method: 'POST', body: '', headers: { 'content-type': 'application/json' } },
      400,
      'INVALID_REQUEST',
      null,
      'empty',
    ],
    ['a list for a body', CHAT, { json: [] }, 400, 'INVALID_REQUEST', null, 'expected object'],
    [
      'a missing field',
      CHAT,
      { json: { messages: [{ role: 'user', content: 'x' }] } },
      400,
      'INVALID_REQUEST',
      'model',
      'model: Required',
    ],
    [
      'a wrong role',
      CHAT,
      { json: chatBody({ messages: [{ role: 'robot', content: 'x' }] }) },
      400,
      'INVALID_REQUEST',
      'messages[0].role',
      'messages[0].role',
    ],
    ['a wrong type', CHAT, { json: chatBody({ stream: 'yes' }) }, 400, 'INVALID_REQUEST', 'stream', 'expected boolean'],
    [
      'an unknown model',
      IMAGES,
      { json: { model: 'gemini-3-pro-imag', prompt: 'x' } },
      404,
      'MODEL_NOT_FOUND',
      'model',
      "Did you mean 'gemini-3-pro-image",
    ],
    [
      'a bad image size',
      IMAGES,
      { json: { model: 'gemini-3-pro-image', prompt: 'x', size: 'huge' } },
      400,
      'INVALID_REQUEST',
      'size',
      'WIDTHxHEIGHT',
    ],
    [
      'two videos',
      VIDEOS,
      { json: { model: 'sora-2', prompt: 'x', n: 2 } },
      400,
      'INVALID_REQUEST',
      'n',
      'n must be 1',
    ],
    [
      'a webhook',
      VIDEOS,
      { json: { model: 'sora-2', prompt: 'x', webhook_url: 'https://a.example/x' } },
      400,
      'INVALID_REQUEST',
      'webhook_url',
      'not supported yet',
    ],
    [
      'a broken form',
      VIDEOS,
      { method: 'POST', body: 'nonsense', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
      400,
      'INVALID_REQUEST',
      null,
      'form',
    ],
    [
      'a form without a boundary',
      VIDEOS,
      { method: 'POST', body: 'nonsense', headers: { 'content-type': 'multipart/form-data' } },
      400,
      'INVALID_REQUEST',
      null,
      'form',
    ],
    [
      'a form for a chat',
      CHAT,
      { method: 'POST', body: new FormData() },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      null,
      'application/json',
    ],
    [
      'curl without a content type',
      CHAT,
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      null,
      'application/json',
    ],
    [
      'text',
      CHAT,
      { method: 'POST', body: '{}', headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      null,
      'application/json',
    ],
    [
      'too much JSON',
      CHAT,
      { json: chatBody({ padding: 'x'.repeat(21 * 1024 * 1024) }) },
      413,
      'PAYLOAD_TOO_LARGE',
      null,
      '20 MB',
    ],
    [
      'an unknown path',
      '/openai/v1/videos/generations',
      { method: 'POST' },
      404,
      'NOT_FOUND',
      null,
      'POST /openai/v1/videos',
    ],
    [
      'a path of another API',
      '/openai/v1/responses',
      { json: {} },
      404,
      'NOT_FOUND',
      null,
      'Responses API is not offered',
    ],
    ['a wrong method', CHAT, { method: 'GET' }, 405, 'METHOD_NOT_ALLOWED', null, 'Allowed: POST'],
    ['an unknown video', `${VIDEOS}/video_1`, {}, 404, 'NOT_FOUND', null, 'no such video'],
    ['an unknown request', '/v1/requests/req_1', {}, 404, 'NOT_FOUND', null, 'this id'],
    ['a bad limit', '/v1/requests?limit=0', {}, 400, 'INVALID_REQUEST', 'limit', 'limit: '],
    ['a limit twice', '/v1/requests?limit=1&limit=2', {}, 400, 'INVALID_REQUEST', 'limit', 'limit: '],
    [
      'both cursors',
      `/v1/keys?starting_after=a&ending_before=b`,
      {},
      400,
      'INVALID_REQUEST',
      'ending_before',
      'combined',
    ],
    ['a file that is gone', '/media/abc.png', {}, 404, 'NOT_FOUND', null, 'expired'],
    ['a file outside', '/media/..%2f..%2fetc%2fpasswd', {}, 404, 'NOT_FOUND', null, 'does not exist or has expired'],
    ['a path that is none', '/openai/v1/videos/%zz', {}, 400, 'INVALID_REQUEST', null, 'URL path'],
    ['an endless path', `/openai/v1/videos/${'x'.repeat(600)}`, {}, 404, 'NOT_FOUND', null, 'too long'],
  ])('for %s has its status and the one envelope', async (_, path, init, status, code, param, message) => {
    const answer = await gateway.call(path, init);
    const error = await errorOf(answer);
    expect([answer.status, error.code, error.param]).toEqual([status, code, param]);
    expect(error.message).toContain(message);
    expect(answer.headers.get('x-lumenfall-request-id')).toMatch(/^req_[0-9A-Za-z]{27}$/);
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it('405 says what is allowed', async () => {
    const answer = await gateway.call(VIDEOS, { method: 'PATCH' });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('is recorded where it refused work, with what was known of it', async () => {
    const answer = await gateway.call(CHAT, { json: { model: 'openai/gpt-5.4-mini', user: 'u1', messages: [] } });
    const id = answer.headers.get('x-lumenfall-request-id');
    const record = await eventually(() => gateway.billing.records.find(({ requestId }) => requestId === id));
    expect(record).toMatchObject({
      status: 'rejected',
      modality: 'text',
      model: 'openai/gpt-5.4-mini',
      user: 'u1',
      endpoint: CHAT,
      errorCode: 'INVALID_REQUEST',
      organizationId: gateway.organizationId,
      charge: { quantities: [], reportedCostUsd: null },
    });
  });

  it('answers bytes that are not HTTP with the error envelope', async () => {
    const { hostname, port } = new URL(gateway.service.url);
    const socket = connect(Number(port), hostname);
    socket.end('GIBBERISH\r\n\r\n');
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"code":"INVALID_REQUEST"');
  });
});
