import { charged, endedRequest } from './account.js';
import { untilFirstChoice } from './first-choice.js';
import { onEveryStack } from './stacks.js';

const CHAT = '/openai/v1/chat/completions';
const MODEL = 'openai/gpt-5.4-mini';

onEveryStack((stack) => {
  const ask = (content: string, more: object = {}): Promise<Response> =>
    stack.request(CHAT, {
      method: 'POST',
      body: { model: MODEL, messages: [{ role: 'user', content }], ...more },
    });
  const idOf = (response: Response): string => response.headers.get('x-lumenfall-request-id') ?? '';

  describe('a provider that fails', () => {
    it('makes a 502 when all do, costs nothing, and must not be repeated blindly', async () => {
      const {
        value: response,
        request,
        costMicros,
      } = await charged(stack, async () => {
        const answer = await ask('Hi [sandbox status=500]');
        return { requestId: idOf(answer), value: answer };
      });
      expect(response.status).toBe(502);
      expect(response.headers.get('x-should-retry')).toBe('false');
      expect(await response.json()).toMatchObject({
        error: { code: 'ALL_PROVIDERS_EXHAUSTED', type: 'provider_error' },
      });
      expect(request.status).toBe('upstream_failure');
      expect(costMicros).toBe(0);
    });

    it.each([false, true])('is passed over for the next one (stream: %s)', async (stream) => {
      await untilFirstChoice(stack, MODEL, 'openrouter');
      const response = await ask(`Hi ${Math.random()} [sandbox status=500 provider=openrouter]`, { stream });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('gpt-5.4-mini');
      if (!stream) {
        const { metadata, lumenfall } = JSON.parse(text) as {
          metadata: { provider: string };
          lumenfall: { attempts: { status: string }[] };
        };
        expect(metadata.provider).toBe('openai');
        expect(lumenfall.attempts.map(({ status }) => status)).toEqual(expect.arrayContaining(['failed', 'succeeded']));
      }
      expect(await endedRequest(stack, idOf(response))).toMatchObject({ status: 'completed' });
    });

    it('is passed over when its answer is empty or it is too busy', async () => {
      for (const directive of ['empty', 'status=429']) {
        const response = await ask(`Hi ${Math.random()} [sandbox ${directive} provider=openrouter]`);
        expect(response.status).toBe(200);
      }
    });

    it('is not passed over for a content policy', async () => {
      const response = await ask('Hi [sandbox moderation]');
      expect([400, 403]).toContain(response.status);
      expect(await response.json()).toMatchObject({
        error: { code: expect.stringMatching(/CONTENT_POLICY_VIOLATION|UPSTREAM_ERROR/) },
      });
    });

    it('in the middle of a stream ends it with an error and without [DONE]', async () => {
      const response = await ask('Hi [sandbox cut=3]', { stream: true });
      expect(response.status).toBe(200);
      const text = await response.text();
      expect(text).toContain('"error"');
      expect(text).not.toContain('[DONE]');
    });

    it('is passed over for images too', async () => {
      const body = { model: 'gemini-3-pro-image', prompt: `A cow ${Math.random()} [sandbox status=500 times=1]` };
      const response = await stack.request('/openai/v1/images/generations', { method: 'POST', body });
      expect(response.status).toBe(200);
      const { metadata } = (await response.json()) as { metadata: { attempts: { status: string }[] } };
      expect(metadata.attempts.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
      const failed = await stack.request('/openai/v1/images/generations', {
        method: 'POST',
        body: { ...body, prompt: 'A cow [sandbox empty]' },
      });
      expect(failed.status).toBe(502);
    });
  });

  it('streams at the pace of the provider', async () => {
    const since = Date.now();
    const response = await ask('Hi [sandbox tokens=40 rate=40]', { stream: true });
    const reader = response.body?.getReader();
    await reader?.read();
    const first = Date.now() - since;
    while (!(await reader?.read())?.done);
    expect(Date.now() - since).toBeGreaterThan(first + 500);
  });
});
