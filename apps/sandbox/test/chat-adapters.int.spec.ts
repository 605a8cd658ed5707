import type { ChatBody, ProviderSlug } from '@lumenfall/contracts';
import { GENERATION, providerAdapters, readProviderEndpoints, type ChatEvent } from '@lumenfall/providers';
import { RunningSandbox } from './running-sandbox.js';

const MODELS = [
  ['openrouter', 'anthropic/claude-haiku-4.5'],
  ['openai', 'gpt-5.4-mini'],
  ['openai-compatible', 'qwen3-8b'],
  ['anthropic', 'claude-haiku-4-5'],
  ['gemini', 'gemini-3-flash-preview'],
] as const satisfies [ProviderSlug, string][];

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const TOOLS = [{ type: 'function', function: { name: 'get_weather', parameters: CITY } }];
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The adapters that speak to the real providers, unchanged, against the sandbox: the same chats by every protocol. */
describe.each(MODELS)('the chat adapter of %s against the sandbox', (provider, model) => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());

  const chat = async (content: unknown, more: Record<string, unknown> = {}): Promise<ChatEvent[]> => {
    const endpoints = readProviderEndpoints({ SANDBOX_URL: sandbox.url });
    const endpoint = endpoints.ok ? endpoints.value.find((known) => known.provider === provider) : undefined;
    const adapter = providerAdapters[provider].chat;
    if (endpoint === undefined || adapter === undefined) throw new Error('No chat.');
    const body = { model, messages: [{ role: 'user', content }], ...more } as ChatBody;
    const signal = AbortSignal.timeout(60_000);
    const context = { endpoint, model, parameters: {}, requestId: 'req_test', limits: GENERATION, signal };
    const events: ChatEvent[] = [];
    for await (const event of adapter.streamChat(body, context)) events.push(event);
    return events;
  };
  const deltas = (events: readonly ChatEvent[]) =>
    events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta) : []));
  const textOf = (events: readonly ChatEvent[]) =>
    deltas(events)
      .map(({ content }) => content ?? '')
      .join('');
  const reasonOf = (events: readonly ChatEvent[]) =>
    events
      .flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map((choice) => choice.finish_reason) : []))
      .findLast((reason) => reason);

  it('streams to the end, with usage', async () => {
    const events = await chat('Hello [sandbox tokens=5]');
    expect(deltas(events).filter(({ content }) => content).length).toBe(5);
    expect(reasonOf(events)).toBe('stop');
    expect(events.at(-1)).toMatchObject({ type: 'end', usage: { completion_tokens: 5 } });
  });

  it('ends at max_tokens with finish_reason length', async () => {
    const events = await chat('Hello [sandbox tokens=50]', { max_tokens: 7 });
    expect(reasonOf(events)).toBe('length');
    expect(events.at(-1)).toMatchObject({ type: 'end', usage: { completion_tokens: 7 } });
  });

  it.each([
    ['[sandbox status=429 retry-after=7]', 'rate'],
    ['[sandbox status=500]', 'transient'],
    ['[sandbox status=400]', 'client'],
    ['[sandbox status=401]', 'auth'],
    ['[sandbox moderation]', 'moderation'],
    ['[sandbox empty]', 'empty'],
    ['[sandbox cut=0]', 'transient'],
  ])('reports %s as a failure of kind %s', async (prompt, kind) => {
    const events = await chat(prompt);
    expect(events).toMatchObject([{ type: 'failure', failure: { kind } }]);
    if (kind === 'rate') expect(events).toMatchObject([{ failure: { status: 429, retryAfterMs: 7_000 } }]);
  });

  it.each(['[sandbox cut=3]', '[sandbox status=502 after=3]'])(
    'reports a failure after three chunks of %s',
    async (prompt) => {
      const events = await chat(prompt);
      expect(deltas(events).filter(({ content }) => content)).toHaveLength(3);
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'transient' } });
    },
  );

  it('sends images that the model counts', async () => {
    const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } };
    expect(textOf(await chat([{ type: 'text', text: 'What is it?' }, image]))).toContain('I see 1 image.');
  });

  it('delivers JSON that fits a schema', async () => {
    const format = { type: 'json_schema', json_schema: { name: 'place', schema: CITY } };
    expect(JSON.parse(textOf(await chat('Where?', { response_format: format })))).toEqual({ city: 'sandbox' });
  });

  it('delivers a tool call, and text after the tool has answered', async () => {
    const asked = 'Weather? [sandbox tool]';
    const events = await chat(asked, { tools: TOOLS });
    expect(reasonOf(events)).toBe('tool_calls');
    const calls = deltas(events).flatMap(({ tool_calls: some }) => some ?? []);
    const id = calls.find((call) => call.id)?.id;
    const args = calls.map((call) => call.function?.arguments ?? '').join('');
    expect(JSON.parse(args)).toEqual({ city: 'sandbox' });
    // What clients that know nothing of reasoning send back: the call alone.
    const call = { id, type: 'function', function: { name: 'get_weather', arguments: args } };
    const after = await chat(asked, {
      tools: TOOLS,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: asked },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: id, content: 'rain' },
      ],
    });
    expect([reasonOf(after), after.at(-1)?.type]).toEqual(['stop', 'end']);
    expect(textOf(after)).toContain('sandbox');
  });

  if (provider === 'anthropic' || provider === 'gemini') {
    it('delivers thoughts if reasoning_effort asks for them, and sends them back', async () => {
      const events = await chat('Hm?', { reasoning_effort: 'low' });
      const details = deltas(events).flatMap(
        (delta) => (delta['reasoning_details'] ?? []) as Record<string, unknown>[],
      );
      expect(
        deltas(events)
          .map((delta) => delta['reasoning'] ?? '')
          .join(''),
      ).toContain('sandbox');
      expect(events.at(-1)).toMatchObject({ usage: { completion_tokens_details: { reasoning_tokens: 12 } } });
      const again = await chat('', {
        messages: [
          { role: 'user', content: 'Hm?' },
          { role: 'assistant', content: textOf(events), reasoning_details: details },
          { role: 'user', content: 'And now?' },
        ],
      });
      expect(again.at(-1)?.type).toBe('end');
    });
  }

  if (provider === 'anthropic') {
    it('reports tokens written to the prompt cache, then read from it', async () => {
      const content = [{ type: 'text', text: 'A long story of it.', cache_control: { type: 'ephemeral' } }];
      const usages = [(await chat(content)).at(-1), (await chat(content)).at(-1)];
      expect(usages).toMatchObject([
        { usage: { prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 6 } } },
        { usage: { prompt_tokens_details: { cached_tokens: 6, cache_write_tokens: 0 } } },
      ]);
      const [first, second] = usages.map((end) => (end?.type === 'end' ? end.usage?.prompt_tokens : null));
      expect(first).toBe(second);
    });
  }
});

describe('the chat protocols of the sandbox', () => {
  let sandbox: RunningSandbox;
  beforeAll(async () => {
    sandbox = await RunningSandbox.start();
  });
  afterAll(() => sandbox.stop());
  const hi = {
    model: 'claude-haiku-4-5',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'Hi [sandbox tokens=4]' }],
  };

  it('answer POST anthropic/messages without a stream', async () => {
    const answer = await sandbox.post('/anthropic/messages', hi);
    expect(await answer.json()).toMatchObject({
      type: 'message',
      content: [{ type: 'text' }],
      stop_reason: 'end_turn',
      usage: { output_tokens: 4 },
    });
  });

  it.each([
    [{ frequency_penalty: 1 }, 'frequency_penalty: Extra inputs are not permitted'],
    [{ temperature: 1.5 }, 'temperature'],
    [{ max_tokens: undefined }, 'max_tokens'],
    [{ thinking: { type: 'enabled', budget_tokens: 2_000 } }, 'budget_tokens'],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }] }, 'unexpected tool_use_id'],
  ])('refuse %j at Anthropic with 400', async (more, message) => {
    const answer = await sandbox.post('/anthropic/messages', { ...hi, ...more });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining(message) as string } },
    ]);
  });

  it('refuse a call to Anthropic without the anthropic-version header', async () => {
    const headers = { 'x-api-key': 'k', 'content-type': 'application/json' };
    const answer = await fetch(`${sandbox.url}/anthropic/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(hi),
    });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('anthropic-version')]);
  });

  it('answer streamGenerateContent of Gemini with an array if alt=sse is absent', async () => {
    const body = { contents: [{ parts: [{ text: 'Hi [sandbox tokens=4]' }] }] };
    const answer = await sandbox.post('/gemini/models/gemini-3-flash-preview:streamGenerateContent', body);
    expect(await answer.json()).toMatchObject([{ usageMetadata: { candidatesTokenCount: 4 } }]);
  });

  it('refuse a function call without its signature at Gemini 3, but not at Gemini 2.5', async () => {
    const parts = [{ functionCall: { name: 'f', args: {} } }];
    const body = { contents: [{ parts: [{ text: 'Hi' }] }, { role: 'model', parts }] };
    const ask = (model: string) => sandbox.post(`/gemini/models/${model}:generateContent`, body);
    expect((await ask('gemini-3-flash-preview')).status).toBe(400);
    expect((await ask('gemini-2.5-flash')).status).toBe(200);
  });
});
