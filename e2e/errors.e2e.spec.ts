import { request } from 'node:http';
import { endedRequest } from './account.js';
import { onEveryStack } from './stacks.js';

const CHAT = '/openai/v1/chat/completions';
const IMAGES = '/openai/v1/images/generations';
const messages = [{ role: 'user', content: 'Hi' }];
const chat = { model: 'google/gemini-3-flash-preview', messages };

interface Envelope {
  error: { message: string; type: string; code: string; param: string | null };
}

/** Says how long a body is to be, and sends none of it. */
function announce(url: string, key: string, length: number): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': length };
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text) => (body += text));
      response.on('end', () => {
        sent.destroy();
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.flushHeaders();
  });
}

onEveryStack((stack) => {
  const expectError = async (response: Response, status: number, code: string): Promise<Envelope['error']> => {
    const text = await response.text();
    expect({ status: response.status, text }).toMatchObject({ status });
    const body = JSON.parse(text) as Envelope;
    expect(body).toEqual({
      error: { message: expect.any(String), type: expect.any(String), code, param: body.error.param },
    });
    expect(response.headers.get('x-lumenfall-request-id')).toMatch(/^req_/);
    return body.error;
  };

  describe('a request without a good key', () => {
    const [id = '', secret = ''] = stack.apiKey.split('.');
    it.each([
      ['none', ''],
      ['another scheme', `Basic ${stack.apiKey}`],
      ['a malformed key', 'Bearer sk-something'],
      ['an unknown key', `Bearer lmnfl_${'0'.repeat(27)}.${secret}`],
      ['a wrong secret', `Bearer ${id}.${'0'.repeat(43)}`],
    ])('is refused with 401: %s', async (_, authorization) => {
      const error = await expectError(
        await stack.request(CHAT, { method: 'POST', body: chat, headers: { authorization } }),
        401,
        'AUTHENTICATION_FAILED',
      );
      expect(error.type).toBe('authentication_error');
      expect(error.message).not.toContain(secret);
    });
  });

  describe('bad input', () => {
    it.each([
      ['broken JSON', CHAT, '{"model":', null],
      ['a missing field', CHAT, { model: chat.model }, 'messages'],
      ['a wrong type', CHAT, { ...chat, messages: 'Hi' }, 'messages'],
      ['a number out of range', CHAT, { ...chat, temperature: 9 }, 'temperature'],
      ['a missing prompt', IMAGES, { model: 'gpt-image-1.5' }, 'prompt'],
      ['a bad size', IMAGES, { model: 'gpt-image-1.5', prompt: 'x', size: 'huge' }, 'size'],
      ['two videos at once', '/openai/v1/videos', { model: 'sora-2', prompt: 'x', n: 2 }, 'n'],
      ['an empty body', CHAT, '', null],
      ['null', CHAT, 'null', null],
      ['an array', CHAT, '[]', null],
      ['deep nesting', CHAT, `${'['.repeat(50_000)}${']'.repeat(50_000)}`, null],
    ])('is refused with 400: %s', async (_, path, body, param) => {
      const response = await stack.request(path, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      });
      const error = await expectError(response, 400, 'INVALID_REQUEST');
      expect(error.type).toBe('invalid_request_error');
      expect(error.param).toBe(param);
      if (param !== null) expect(error.message).toContain(param);
    });

    it('is recorded as rejected, at no cost', async () => {
      const response = await stack.request(CHAT, { method: 'POST', body: { model: chat.model } });
      const request = await endedRequest(stack, response.headers.get('x-lumenfall-request-id') ?? '');
      expect(request).toMatchObject({ status: 'rejected', cost: 0, error_code: 'INVALID_REQUEST' });
    });

    it('of the wrong kind is refused with 415', async () => {
      const response = await stack.request(CHAT, {
        method: 'POST',
        body: 'model=x',
        headers: { 'content-type': 'text/plain' },
      });
      await expectError(response, 415, 'UNSUPPORTED_MEDIA_TYPE');
    });

    it('that is too large is refused with 413, as soon as its length is known', async () => {
      const { status, body } = await announce(`${stack.address.baseUrl}${CHAT}`, stack.apiKey, 21_000_000);
      expect(status).toBe(413);
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'PAYLOAD_TOO_LARGE' } });
    });
  });

  describe('what is not there', () => {
    it('is suggested, where a model id is nearly right', async () => {
      const error = await expectError(
        await stack.request(IMAGES, { method: 'POST', body: { model: 'GPT-image-1.5', prompt: 'x' } }),
        404,
        'MODEL_NOT_FOUND',
      );
      expect(error.message).toContain('gpt-image-1.5');
    });

    it.each(['/openai/v1/models/none-such', '/openai/v1/videos/video_000000000000000000000000000'])(
      '%s is 404',
      async (path) => {
        const response = await stack.request(path);
        await expectError(response, 404, path.includes('models') ? 'MODEL_NOT_FOUND' : 'NOT_FOUND');
      },
    );

    it('is 404 in the same envelope for an unknown path, 405 for a wrong method', async () => {
      await expectError(await stack.request('/openai/v1/none-such', { method: 'POST', body: {} }), 404, 'NOT_FOUND');
      const response = await stack.request(CHAT, { method: 'PUT', body: chat });
      expect(response.headers.get('allow')).toContain('POST');
      await expectError(response, 405, 'METHOD_NOT_ALLOWED');
    });
  });

  it('stays ready through all of this', async () => {
    expect((await fetch(`${stack.address.baseUrl}/readyz`)).status).toBe(200);
    expect((await fetch(`${stack.address.baseUrl}/livez`)).status).toBe(200);
  });
});
