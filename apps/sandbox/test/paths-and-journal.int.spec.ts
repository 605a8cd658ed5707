import { eventually } from '@lumenfall/testing';
import { RunningSandbox } from './running-sandbox.js';

describe('the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  it.each([
    ['/openai/chat/completions', { error: { type: 'invalid_request_error' } }],
    ['/openrouter/chat/completions', { error: { code: 401 } }],
    ['/openai-compatible/videos', { error: { param: null } }],
    ['/anthropic/messages', { type: 'error', error: { type: 'authentication_error' } }],
    ['/gemini/models/m:generateContent', { error: { status: 'UNAUTHENTICATED' } }],
    ['/fal/fal-ai/veo3', { detail: expect.any(String) }],
  ])('POST %s without a key is refused with 401', async (path, body) => {
    const keyless: Record<string, string>[] = [{}, { authorization: 'Bearer ' }, { 'x-goog-api-key': '' }];
    for (const headers of keyless) {
      const answer = await fetch(`${sandbox.url}${path}`, { method: 'POST', headers });
      expect([answer.status, await answer.json()]).toMatchObject([401, body]);
    }
  });

  it.each([
    ['/openai/nothing', 404, { error: { message: expect.stringContaining('not found') } }],
    ['/gemini/nothing', 404, { error: { code: 404 } }],
    ['/fal/a/b/requests/c/status', 404, { detail: 'Request not found' }],
    ['/openai/videos/video_none', 404, { error: { message: expect.stringContaining('video_none') } }],
    ['/nowhere', 404, { error: {} }],
  ])('GET %s is answered with 404 in the form of its provider', async (path, status, body) => {
    const answer = await sandbox.fetch(path);
    expect([answer.status, await answer.json()]).toMatchObject([status, body]);
  });

  it.each([
    ['/openai/chat/completions', 400],
    ['/gemini/models/m:generateContent', 400],
    ['/fal/fal-ai/veo3', 422],
  ])('broken JSON to %s is refused with its status', async (path, status) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' };
    expect((await sandbox.fetch(path, init)).status).toBe(status);
  });

  it("lists hundreds of OpenRouter's models with their prices", async () => {
    const answer = await sandbox.fetch('/openrouter/models');
    const { data } = (await answer.json()) as { data: unknown[] };
    expect(data).toContainEqual(
      expect.objectContaining({
        id: 'openai/gpt-5.4-mini',
        pricing: expect.objectContaining({ prompt: '0.00000075', completion: '0.0000045' }),
      }),
    );
    expect(data.length).toBeGreaterThan(400);
  });

  it("reports the listed price of a model as OpenRouter's cost, and the usual price if the model is not listed", async () => {
    const costOf = async (model: string) => {
      const answer = await sandbox.chat('openrouter', 'Hi [sandbox tokens=100]', { model });
      const { usage } = (await answer.json()) as { usage: { prompt_tokens: number; cost: number } };
      return [usage.prompt_tokens, usage.cost] as const;
    };
    const [tokens, listed] = await costOf('openai/gpt-5.4-mini');
    expect(listed).toBeCloseTo((tokens * 0.75 + 100 * 4.5) / 1e6, 12);
    expect((await costOf('unlisted/model'))[1]).toBeCloseTo((tokens * 0.25 + 100 * 2) / 1e6, 12);
    expect((await costOf('qwen/qwen3-8b:free'))[1]).toBe(0);
  });

  it('keeps a journal without keys until it is cleared', async () => {
    await sandbox.chat('openrouter', 'remember-me');
    await sandbox.chat('openrouter', 'remember-me too');
    await sandbox.chat('openrouter', 'somebody else');
    const found = await sandbox.calls('remember-me');
    expect(found).toMatchObject([
      {
        provider: 'openrouter',
        operation: 'chat',
        method: 'POST',
        prompt: 'remember-me',
        authorized: true,
        status: 200,
      },
      { prompt: 'remember-me too', outcome: 'answered' },
    ]);
    expect(JSON.stringify(found)).not.toContain('Bearer');
    const cleared = await fetch(`${sandbox.url}/_sandbox/calls`, { method: 'DELETE' });
    expect(cleared.status).toBe(204);
    expect(await sandbox.calls('remember-me')).toEqual([]);
  });

  it('closes at once, even while a call waits', async () => {
    const another = await RunningSandbox.start();
    const waiting = another.chat('openai', 'wait [sandbox latency=60000]').catch(() => 'broken');
    await eventually(async () => (await another.calls('wait')).length === 1);
    const began = performance.now();
    await another.stop();
    expect(performance.now() - began).toBeLessThan(30_000);
    expect(await waiting).toBe('broken');
  });
});
