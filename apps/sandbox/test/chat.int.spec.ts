import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { framesOf, RunningSandbox } from './running-sandbox.js';

interface Completion {
  id: string;
  choices: {
    message: { content: string | null; tool_calls?: { function: { name: string; arguments: string } }[] };
    finish_reason: string;
  }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number; cost?: number };
}
interface Chunk {
  choices: { delta: { content?: string }; finish_reason: string | null }[];
  usage?: { completion_tokens: number } | null;
  error?: { code: number; message: string };
}

describe('a chat with the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  const complete = async (provider: string, content: unknown, extra = {}): Promise<Completion> =>
    (await (await sandbox.chat(provider, content, extra)).json()) as Completion;
  const stream = async (provider: string, content: unknown, extra = {}): Promise<unknown[]> =>
    framesOf(await sandbox.chat(provider, content, { stream: true, ...extra }));
  const saidIn = (frames: unknown[]): string =>
    frames.map((frame) => (frame as Chunk).choices?.[0]?.delta?.content ?? '').join('');

  it.each(['openrouter', 'openai', 'openai-compatible'])(
    '%s answers a chat with a sentence and true token counts',
    async (provider) => {
      const { choices, usage } = await complete(provider, 'Why is the sky blue?');
      const text = choices[0]?.message.content ?? '';
      expect(text).toMatch(/sandbox.*\.$/);
      expect(usage.completion_tokens).toBe(encode(text).length);
      expect(usage.prompt_tokens).toBe(encode('Why is the sky blue?').length + 7);
      expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
      expect(usage.cost === undefined).toBe(provider !== 'openrouter');
    },
  );

  it('a stream has the same text as the whole answer, one chunk per token, and ends with [DONE]', async () => {
    const whole = await complete('openai', 'Continue [sandbox tokens=40]');
    const frames = await stream('openai', 'Continue [sandbox tokens=40]');
    expect(saidIn(frames)).toBe(whole.choices[0]?.message.content);
    expect(frames).toHaveLength(42);
    expect(frames.at(-2)).toMatchObject({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    expect(frames.at(-1)).toBe('data: [DONE]');
  });

  it('a stream has usage if include_usage asks for it', async () => {
    const frames = await stream('openai', 'Hi [sandbox tokens=5]', { stream_options: { include_usage: true } });
    expect(frames[0]).toMatchObject({ usage: null });
    expect(frames.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 5 } });
  });

  it('a stream of OpenRouter begins with a comment and always has usage with a cost', async () => {
    const frames = await stream('openrouter', 'Hi [sandbox tokens=5]');
    expect(frames[0]).toBe(': OPENROUTER PROCESSING');
    const usage = frames.at(-2) as { usage: { prompt_tokens: number; cost: number } };
    expect(usage.usage.cost).toBeCloseTo((usage.usage.prompt_tokens * 0.25 + 5 * 2) / 1e6, 12);
  });

  it('the answer counts the images that are attached', async () => {
    const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } };
    const { choices } = await complete('openrouter', [{ type: 'text', text: 'What is this?' }, image, image]);
    expect(choices[0]?.message.content).toMatch(/^I see 2 images\./);
  });

  it('max_tokens ends the answer with finish_reason length', async () => {
    const { choices, usage } = await complete('openai', 'Go on [sandbox tokens=90]', { max_tokens: 7 });
    expect([choices[0]?.finish_reason, usage.completion_tokens]).toEqual(['length', 7]);
  });

  it('[sandbox tool] calls a tool with arguments that fit its schema, until the tool has answered', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
    const tools = [{ type: 'function', function: { name: 'weather', parameters } }];
    const content = 'Weather? [sandbox tool]';
    const { choices } = await complete('openai', content, { tools });
    const call = choices[0]?.message.tool_calls?.[0]?.function;
    expect([choices[0]?.finish_reason, call?.name, call?.arguments]).toEqual([
      'tool_calls',
      'weather',
      '{"city":"sandbox"}',
    ]);
    const answered = [
      { role: 'user', content },
      { role: 'tool', tool_call_id: 'x', content: 'Rain' },
    ];
    const after = await complete('openai', content, { tools, messages: answered });
    expect(after.choices[0]?.finish_reason).toBe('stop');
  });

  it('[sandbox echo] answers with the prompt, with true token counts', async () => {
    const { choices, usage } = await complete('openai', 'Grüße aus 東京 😀 [sandbox echo]');
    expect(choices[0]?.message.content).toBe('Grüße aus 東京 😀');
    expect(usage.completion_tokens).toBe(encode('Grüße aus 東京 😀').length);
    expect(saidIn(await stream('openai', 'Grüße aus 東京 😀 [sandbox echo]'))).toBe('Grüße aus 東京 😀');
  });

  it('counting a prompt of 300,000 unbroken characters does not block other calls', async () => {
    const slow = complete('openai', 'x'.repeat(300_000));
    const before = performance.now();
    await complete('openai', 'Why is the sky blue?');
    // By the square of its length it would be more than a minute.
    expect(performance.now() - before).toBeLessThan(30_000);
    expect((await slow).usage.prompt_tokens).toBeGreaterThan(1_000);
  });

  it.each([
    ['openrouter', { error: { code: 429 } }],
    ['openai', { error: { code: 'rate_limit_exceeded' } }],
  ])('%s fails with the status of a directive, as often as times= says', async (provider, body) => {
    const content = `${provider} [sandbox status=429 times=1]`;
    const refused = await sandbox.chat(provider, content, { stream: true });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.json()).toMatchObject(body);
    expect((await sandbox.chat(provider, content)).status).toBe(200);
  });

  it('[sandbox status=502 after=2] fails a stream after two chunks', async () => {
    const frames = await stream('openrouter', 'late [sandbox status=502 after=2]');
    expect(frames).toHaveLength(4);
    expect(frames.at(-1)).toMatchObject({ error: { code: 502 }, choices: [{ finish_reason: 'error' }] });
  });

  it('[sandbox cut=3] breaks a stream after three chunks', async () => {
    const answer = await sandbox.chat('openai', 'broken-stream [sandbox cut=3]', { stream: true });
    const decoder = new TextDecoder();
    let text = '';
    await expect(
      (async () => {
        for await (const bytes of answer.body ?? []) text += decoder.decode(bytes, { stream: true });
      })(),
    ).rejects.toThrow();
    expect(text.match(/^data: /gm)).toHaveLength(3);
    expect(await sandbox.outcome('broken-stream')).toBe('cut');
  });

  it('[sandbox cut] breaks a JSON answer before its first byte or in its middle', async () => {
    await expect(sandbox.chat('openai', 'never-answered [sandbox cut=0]')).rejects.toThrow();
    const half = await sandbox.chat('openai', 'half-answered [sandbox cut=1]');
    await expect(half.json()).rejects.toThrow();
    expect(await sandbox.outcome('half-answered')).toBe('cut');
  });

  it('[sandbox latency=300] delays the answer by 300 ms', async () => {
    const began = performance.now();
    await complete('openai', 'slow [sandbox latency=300]');
    expect(performance.now() - began).toBeGreaterThanOrEqual(295);
  });

  it('[sandbox rate=50] sends 50 chunks of a stream a second', async () => {
    const began = performance.now();
    await stream('openai', 'paced [sandbox tokens=11 rate=50]');
    expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  });

  it('[sandbox empty] answers without text', async () => {
    const { choices, usage } = await complete('openai', 'hush [sandbox empty]');
    expect([choices[0]?.message.content, usage.completion_tokens]).toEqual(['', 0]);
  });

  it('[sandbox moderation] is refused by OpenRouter with 403 and by OpenAI with 400', async () => {
    const openrouter = await sandbox.chat('openrouter', '[sandbox moderation]');
    expect(openrouter.status).toBe(403);
    expect(await openrouter.json()).toMatchObject({ error: { metadata: { reasons: ['violence'] } } });
    const openai = await sandbox.chat('openai', '[sandbox moderation]');
    expect([openai.status, await openai.json()]).toMatchObject([400, { error: { code: 'content_policy_violation' } }]);
  });

  it('the journal notes that the client closed the connection during a stream', async () => {
    const leave = new AbortController();
    const answer = await sandbox.chat(
      'openai',
      'left-alone [sandbox tokens=500 rate=20]',
      { stream: true },
      leave.signal,
    );
    await answer.body?.getReader().read();
    leave.abort();
    expect(await sandbox.outcome('left-alone')).toBe('aborted');
  });

  it.each([
    [{ messages: [] }, 'messages'],
    [{ messages: 'hello' }, 'messages'],
    [{ model: undefined }, 'model'],
    [{ stream: 'yes' }, 'stream'],
  ])('a chat with %j is refused, naming the field', async (extra, param) => {
    const answer = await sandbox.chat('openai', 'x', extra);
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('a misspelt directive is refused with 400, naming the prompt', async () => {
    const answer = await sandbox.chat('openai', '[sandbox stauts=500]');
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { param: 'prompt' } }]);
  });
});
