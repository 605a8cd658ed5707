import type { ChatBody } from '@lumenfall/contracts';
import { anthropicRequest } from './chat-request.js';

type Fields = Record<string, unknown>;
const HI: ChatBody = { model: 'x', messages: [{ role: 'user', content: 'Hi' }] };

function bodyOf(more: Fields, model = 'claude-haiku-4-5', parameters: Fields = {}): Fields {
  const made = anthropicRequest({ ...HI, ...more } as ChatBody, model, parameters);
  if (!made.ok) throw new Error(made.error.message);
  return made.value.body;
}
const messagesOf = (messages: Fields[]): unknown => bodyOf({ messages })['messages'];
const user = (text: string) => ({ role: 'user', content: [{ type: 'text', text }] });

describe('anthropicRequest', () => {
  it.each<[string, Fields, Fields]>([
    ['its default limit', {}, { max_tokens: 32_000 }],
    ['the newer name of the limit', { max_completion_tokens: 5, max_tokens: 9 }, { max_tokens: 5 }],
    ['a temperature above 1 as 1', { temperature: 1.7 }, { temperature: 1 }],
    ['a single stop sequence', { stop: 'END' }, { stop_sequences: ['END'] }],
    ['Anthropic’s own fields unchanged', { container: 'c', top_k: 3 }, { container: 'c', top_k: 3 }],
    ['metadata.user_id rather than user', { user: 'a', metadata: { user_id: 'b' } }, { metadata: { user_id: 'b' } }],
    ['fields that it does not translate', { frequency_penalty: 1 }, { frequency_penalty: 1 }],
    [
      'one tool at a time',
      TOOL({ parallel_tool_calls: false }),
      CHOICE({ type: 'auto', disable_parallel_tool_use: true }),
    ],
    ['any tool', TOOL({ tool_choice: 'required' }), CHOICE({ type: 'any' })],
    ['no tool', TOOL({ tool_choice: 'none' }), CHOICE({ type: 'none' })],
    [
      'its own tools',
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
    ],
    [
      'the JSON mode as an instruction',
      { response_format: { type: 'json_object' } },
      { system: [{ type: 'text', text: expect.stringContaining('JSON') as string }] },
    ],
  ])('sends %s', (_what, more, sent) => expect(bodyOf(more)).toMatchObject(sent));

  it.each([
    ['claude-haiku-4-5', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5 }],
    ['claude-opus-4-1-20250805', { temperature: 1, top_p: 0.9 }, { top_p: 0.9 }],
    ['claude-sonnet-4-6', { temperature: 1, top_p: 1 }, { temperature: 1 }],
    ['claude-sonnet-4-6', { top_p: 0.3 }, { top_p: 0.3 }],
    ['claude-sonnet-4-20250514', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
    ['claude-3-7-sonnet-20250219', { temperature: 0.5, top_p: 0.9 }, { temperature: 0.5, top_p: 0.9 }],
  ])('sends %s of the settings %j what it accepts', (model, given, sent) => {
    const { temperature, top_p } = bodyOf(given, model);
    expect({
      ...(temperature === undefined ? {} : { temperature }),
      ...(top_p === undefined ? {} : { top_p }),
    }).toEqual(sent);
  });

  it.each([
    [{ stop: [], user: '', seed: 4, store: true, frequency_penalty: 0, logprobs: false, modalities: ['text'] }],
    [{ logit_bias: {}, presence_penalty: 0, service_tier: 'auto' }],
    [{ stream_options: { include_usage: true }, n: 1, provider: { order: ['x'] }, metadata: { label: 'x' } }],
    [{ temperature: null, tools: [], tool_choice: 'auto', response_format: { type: 'text' } }],
  ])('leaves out %j, which does not change the answer', (more) => {
    expect(bodyOf(more)).toEqual(bodyOf({}));
  });

  it('sends the token limit of the catalog if the client sets none', () => {
    expect(bodyOf({}, 'claude-haiku-4-5', { max_tokens: 64_000 })).toMatchObject({ max_tokens: 64_000 });
  });
});

function TOOL(more: Fields): Fields {
  return { tools: [{ type: 'function', function: { name: 'f' } }], ...more };
}
function CHOICE(choice: Fields): Fields {
  return { tools: [{ name: 'f', input_schema: { type: 'object', properties: {} } }], tool_choice: choice };
}

describe('the conversation for Claude', () => {
  it('merges consecutive messages of one role into one turn', () => {
    expect(
      messagesOf([
        { role: 'user', content: 'a' },
        { role: 'user', content: '' },
        { role: 'user', content: 'b' },
        { role: 'assistant', content: 'c ' },
      ]),
    ).toEqual([
      { role: 'user', content: [...user('a').content, ...user('b').content] },
      { role: 'assistant', content: [{ type: 'text', text: 'c' }] },
    ]);
  });

  it('sends instructions without a conversation as the user’s turn', () => {
    expect(bodyOf({ messages: [{ role: 'system', content: 'Go.' }] })).toMatchObject({ messages: [user('Go.')] });
  });

  it('keeps cache_control', () => {
    const cache = { type: 'ephemeral' };
    const part = (text: string) => ({ type: 'text', text, cache_control: cache });
    expect(
      bodyOf({
        messages: [
          { role: 'system', content: [part('long')] },
          { role: 'user', content: [part('a')] },
          { role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f', arguments: '' } }] },
          { role: 'tool', tool_call_id: 'x', content: [part('b')] },
        ],
        tools: [{ type: 'function', function: { name: 'f' }, cache_control: cache }],
      }),
    ).toMatchObject({
      system: [{ cache_control: cache }],
      messages: [
        { content: [{ cache_control: cache }] },
        { content: [{ type: 'tool_use', id: 'x', input: {} }] },
        { content: [{ type: 'tool_result', content: [{ type: 'text', text: 'b' }], cache_control: cache }] },
      ],
      tools: [{ name: 'f', cache_control: cache }],
    });
  });

  it('sends thoughts with a signature of Claude back in their order, before the text', () => {
    const format = 'anthropic-claude-v1';
    expect(
      messagesOf([
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: 'b',
          reasoning_details: [
            { type: 'reasoning.text', text: 'hm', signature: 's', format, index: 0 },
            { type: 'reasoning.text', text: 'unsigned', format, index: 1 },
            { type: 'reasoning.encrypted', data: 'd', format, index: 2 },
            { type: 'reasoning.encrypted', data: 'other', format: 'google-gemini-v1', index: 3 },
          ],
        },
        { role: 'user', content: 'c' },
      ]),
    ).toEqual([
      user('a'),
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'text', text: 'b' },
        ],
      },
      user('c'),
    ]);
  });

  it.each([
    [
      { type: 'image_url', image_url: { url: 'https://x/y.png' } },
      { type: 'image', source: { type: 'url', url: 'https://x/y.png' } },
    ],
    [
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' } },
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBE' } },
    ],
    [
      { type: 'file', file: { file_data: 'data:text/plain;base64,SGk=' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Hi' } },
    ],
    [
      { type: 'search_result', title: 'x' },
      { type: 'search_result', title: 'x' },
    ],
  ])('sends the part %j in Anthropic’s form', (part, block) => {
    expect(messagesOf([{ role: 'user', content: [part] }])).toEqual([{ role: 'user', content: [block] }]);
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    ['', {}],
    ['[1]', { arguments: [1] }],
    ['{"a":', { arguments: '{"a":' }],
  ])('sends the arguments %j as the input %j, with an id that Claude accepts', (args, input) => {
    const call = { id: 'functions.f:0', type: 'function', function: { name: 'f', arguments: args } };
    expect(
      messagesOf([
        { role: 'user', content: 'a' },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'functions.f:0', content: 'r' },
      ]),
    ).toMatchObject([
      {},
      { content: [{ type: 'tool_use', id: 'functions_f_0', input }] },
      { content: [{ type: 'tool_result', tool_use_id: 'functions_f_0' }] },
    ]);
  });
});

describe('thinking of Claude', () => {
  const adaptive = (effort: string, display = 'summarized') => ({
    thinking: { type: 'adaptive', display },
    output_config: { effort },
  });
  it.each<[string, Fields, Fields]>([
    ['claude-haiku-4-5', { reasoning_effort: 'low' }, { thinking: { type: 'enabled', budget_tokens: 6_400 } }],
    [
      'claude-sonnet-4-5-20250929',
      { reasoning: { max_tokens: 3_000 } },
      { thinking: { type: 'enabled', budget_tokens: 3_000 } },
    ],
    [
      'claude-3-7-sonnet-20250219',
      { reasoning: { enabled: true }, max_tokens: 1_500 },
      { thinking: { type: 'enabled', budget_tokens: 1_024 } },
    ],
    ['claude-opus-4-20250514', { reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }],
    ['claude-opus-4-6', { reasoning_effort: 'xhigh' }, adaptive('high')],
    ['claude-opus-4-7', { reasoning_effort: 'minimal' }, adaptive('low')],
    ['claude-sonnet-5', { reasoning: { effort: 'xhigh', exclude: true } }, adaptive('xhigh', 'omitted')],
    ['claude-sonnet-5', { reasoning: { max_tokens: 16_000 } }, adaptive('medium')],
  ])('asks %s for thinking as in %j', (model, more, sent) => expect(bodyOf(more, model)).toMatchObject(sent));

  it.each<[string, Fields]>([
    ['the token limit leaves no room', { reasoning_effort: 'high', max_tokens: 1_000 }],
    ['a call is forced', TOOL({ reasoning_effort: 'high', tool_choice: 'required' })],
    [
      'a tool call of the history has no thoughts',
      {
        reasoning_effort: 'high',
        messages: [
          { role: 'user', content: 'a' },
          { role: 'assistant', tool_calls: [{ id: 'x', function: { name: 'f', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: 'x', content: 'r' },
        ],
      },
    ],
  ])('is not requested if %s', (_when, more) => expect(bodyOf(more)).not.toHaveProperty('thinking'));

  it('replaces all sampling settings', () => {
    const body = bodyOf({ reasoning_effort: 'low', temperature: 0.2, top_p: 0.1, top_k: 2 });
    expect(body).not.toHaveProperty('temperature');
    expect(body).not.toHaveProperty('top_p');
    expect(body).not.toHaveProperty('top_k');
  });
});

describe('older and blank forms of a request, for Claude', () => {
  const EMPTY_OBJECT = { type: 'object', properties: {} };

  it.each<[unknown, Fields]>([
    [{}, EMPTY_OBJECT],
    [undefined, EMPTY_OBJECT],
    [null, EMPTY_OBJECT],
    [{ properties: { a: { type: 'string' } } }, { type: 'object', properties: { a: { type: 'string' } } }],
    [{ type: 'object', properties: {}, required: null }, EMPTY_OBJECT],
    [{ type: 'object', properties: null, required: null }, { type: 'object' }],
    [
      { type: null, properties: { a: { type: 'array', items: null } } },
      { type: 'object', properties: { a: { type: 'array' } } },
    ],
    [
      { type: 'object', properties: { a: { type: 'object', required: null, default: null } } },
      { type: 'object', properties: { a: { type: 'object', default: null } } },
    ],
    [{ anyOf: [{ required: ['a'] }] }, { type: 'object', anyOf: [{ required: ['a'] }] }],
  ])('sends the tool parameters %j as %j', (parameters, schema) => {
    expect(bodyOf({ tools: [{ type: 'function', function: { name: 'f', parameters } }] })['tools']).toEqual([
      { name: 'f', input_schema: schema },
    ]);
  });

  const functions = [{ name: 'f', description: 'does', parameters: {} }];

  it.each<[string, Fields, Fields]>([
    ['functions', { functions }, { tools: [{ name: 'f', description: 'does', input_schema: EMPTY_OBJECT }] }],
    ['function_call: auto', { functions, function_call: 'auto' }, { tool_choice: { type: 'auto' } }],
    [
      'function_call by name',
      { functions, function_call: { name: 'f' } },
      { tool_choice: { type: 'tool', name: 'f' } },
    ],
  ])('sends %s as tools', (_what, more, sent) => {
    const body = bodyOf(more);
    expect(body).toMatchObject(sent);
    expect(body).not.toHaveProperty('functions');
    expect(body).not.toHaveProperty('function_call');
  });

  it('sends a history of function_call and function messages as calls and results with equal ids', () => {
    const called = (args: string) => ({
      role: 'assistant',
      content: null,
      function_call: { name: 'f', arguments: args },
    });
    const result = (content: string) => ({ role: 'function', name: 'f', content });
    const messages = [{ role: 'user', content: 'a' }, called('{"x":1}'), result('one'), called(''), result('')];
    const text = (content: string) => [{ type: 'text', text: content }];
    expect(messagesOf(messages)).toEqual([
      user('a'),
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_f_0', name: 'f', input: { x: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_f_0', content: text('one') }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'call_f_1', name: 'f', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_f_1' }] },
    ]);
  });

  it.each<[string, Fields[]]>([
    ['an empty text', [{ role: 'user', content: '' }]],
    ['blank parts', [{ role: 'user', content: [{ type: 'text', text: ' ' }] }]],
    [
      'blank instructions',
      [
        { role: 'system', content: ' ' },
        { role: 'user', content: null },
      ],
    ],
  ])('refuses a conversation of %s, and names messages', (_what, messages) => {
    expect(anthropicRequest({ model: 'x', messages } as ChatBody, 'claude-haiku-4-5', {})).toMatchObject({
      ok: false,
      error: { kind: 'client', param: 'messages', message: expect.stringContaining('blank') as string },
    });
  });

  it('leaves out a blank message beside others', () => {
    expect(
      messagesOf([
        { role: 'assistant', content: ' ' },
        { role: 'user', content: 'a' },
      ]),
    ).toEqual([user('a')]);
  });

  it.each([
    ['data:image/jpg;base64,/9j/4AAQ', 'image/jpeg', '/9j/4AAQ'],
    [' data:image/png;base64,/9j/\r\n4AAQ', 'image/jpeg', '/9j/4AAQ'],
  ])('sends the image of %j with the type of its bytes, on one line', (url, type, data) => {
    expect(messagesOf([{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }])).toEqual([
      { role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type: type, data } }] },
    ]);
  });
});
