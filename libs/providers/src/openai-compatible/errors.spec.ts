import { fixtureJson } from '../contract/replay-server.js';
import { readLateError, readOpenAiRefusal } from './errors.js';

describe('readOpenAiRefusal', () => {
  it.each([
    ['openai', 'error-400.json', 400, null, "Unsupported value: 'temperature'"],
    ['openai', 'error-401.json', 401, 'auth', 'Incorrect API key'],
    ['openai', 'error-429.json', 429, null, 'Rate limit reached'],
    ['openai', 'error-429-quota.json', 429, 'auth', 'You exceeded'],
    ['openai', 'error-500.json', 500, null, 'The server had an error'],
    ['openai', 'error-moderation.json', 400, 'moderation', 'rejected by the safety system'],
    ['openai-compatible', 'error-vllm-404.json', 404, 'transient', 'The model `nope` does not exist.'],
    ['openai-compatible', 'error-fastapi-422.json', 422, null, 'messages: field required'],
    ['openai-compatible', 'error-ollama-404.json', 404, 'transient', 'not found, try pulling it first'],
  ])('%s %s with status %d is %p', (provider, name, status, kind, sentence) => {
    const refusal = readOpenAiRefusal(status, fixtureJson(provider, name));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).toContain(sentence);
  });

  it('takes a model that is not there for our set-up, which another provider may do better', () => {
    const body = {
      error: { message: 'The model `x` does not exist', type: 'invalid_request_error', code: 'model_not_found' },
    };
    expect(readOpenAiRefusal(404, body).kind).toBe('transient');
    expect(readOpenAiRefusal(404, { error: { message: 'No such file: file-1', code: null } }).kind).toBeNull();
  });

  it('knows a moderation verdict by its words too', () => {
    const body = { error: { message: 'This request violates our content policy.', code: null } };
    expect(readOpenAiRefusal(400, body).kind).toBe('moderation');
  });

  it.each([
    ['server_error', 'transient'],
    ['rate_limit_exceeded', 'rate'],
    ['content_filter', 'moderation'],
    ['invalid_request_error', 'client'],
    ['whatever', null],
  ])('takes the code %s inside a stream for %p', (code, kind) => {
    expect(readOpenAiRefusal(200, { error: { message: 'x', code } }).kind).toBe(kind);
  });

  it.each([[null], [[]], ['<html>'], [{}], [{ error: [] }], [{ error: { message: 5 } }]])('survives %j', (body) => {
    expect(readOpenAiRefusal(500, body).kind).toBeNull();
  });
});

describe('readLateError', () => {
  it.each([
    [{ error: { code: 502, message: 'x' } }, 502],
    [{ error: { code: '429' } }, 429],
    [{ error: { code: 'server_error' } }, null],
    [{ error: 'broken' }, null],
  ])('finds the error in %j', (body, status) => expect(readLateError(body)).toEqual({ status, body }));

  it.each([[{ choices: [] }], [{ error: null }], [null], ['x']])('finds none in %j', (body) => {
    expect(readLateError(body)).toBeNull();
  });
});
