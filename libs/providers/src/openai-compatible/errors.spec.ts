import { fixtureJson } from '../contract/replay-server.js';
import { readOpenAiRefusal } from './errors.js';

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
  ])('reads %s %s with status %d as %p', (provider, name, status, kind, sentence) => {
    const refusal = readOpenAiRefusal(status, fixtureJson(provider, name));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).toContain(sentence);
  });

  it('treats a missing model as our configuration, so that another provider is tried', () => {
    const body = {
      error: { message: 'The model `x` does not exist', type: 'invalid_request_error', code: 'model_not_found' },
    };
    expect(readOpenAiRefusal(404, body).kind).toBe('transient');
    expect(readOpenAiRefusal(404, { error: { message: 'No such file: file-1', code: null } }).kind).toBeNull();
  });

  it('recognises a moderation verdict by its message', () => {
    const body = { error: { message: 'This request violates our content policy.', code: null } };
    expect(readOpenAiRefusal(400, body).kind).toBe('moderation');
  });

  it.each([
    ['server_error', 'transient'],
    ['rate_limit_exceeded', 'rate'],
    ['content_filter', 'moderation'],
    ['invalid_request_error', 'client'],
    ['whatever', null],
  ])('maps the code %s inside a stream to %p', (code, kind) => {
    expect(readOpenAiRefusal(200, { error: { message: 'x', code } }).kind).toBe(kind);
  });

  it.each<[string, unknown]>([
    ['in a list', [{ error: { code: 400, message: 'Cannot find field.', status: 'INVALID_ARGUMENT' } }]],
    ['as a list of details', { detail: [{ loc: ['body'], msg: 'Cannot find field.' }] }],
    ['as a list of errors', { errors: [{ message: 'Cannot find field.' }] }],
    ['inside a message', { message: { message: 'Cannot find field.' } }],
    ['as JSON inside a message', { error: { message: '{"error":{"message":"Cannot find field."}}' } }],
  ])('finds a sentence that comes %s', (_how, body) => {
    expect(readOpenAiRefusal(400, body)).toMatchObject({ message: 'Cannot find field.', kind: null });
  });

  it.each([[null], [[]], ['<html>'], [{}], [{ error: [] }], [{ error: { message: 5 } }]])(
    'leaves %j to the status',
    (body) => {
      expect(readOpenAiRefusal(500, body).kind).toBeNull();
    },
  );
});
