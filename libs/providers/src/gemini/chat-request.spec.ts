import type { ChatBody } from '@lumenfall/contracts';
import { geminiRequest } from './chat-request.js';
import { geminiSchema } from './chat-tools.js';

type Fields = Record<string, unknown>;
const EMPTY_OBJECT = { type: 'object', properties: {} };
const HI: ChatBody = { model: 'x', messages: [{ role: 'user', content: 'Hi' }] };
const FLASH = 'gemini-3-flash-preview';

function bodyOf(more: Fields, model = FLASH): Fields {
  const made = geminiRequest({ ...HI, ...more } as ChatBody, model, new Map());
  if (!made.ok) throw new Error(made.error.message);
  return made.value;
}
const contentsOf = (messages: Fields[], model = FLASH): unknown => bodyOf({ messages }, model)['contents'];
const configOf = (more: Fields, model = FLASH): unknown => bodyOf(more, model)['generationConfig'];

describe('geminiRequest', () => {
  it.each<[Fields, Fields | undefined]>([
    [{}, undefined],
    [{ max_completion_tokens: 5, max_tokens: 9 }, { maxOutputTokens: 5 }],
    [
      { n: 1, seed: 4, top_k: 3 },
      { seed: 4, topK: 3 },
    ],
    [
      { presence_penalty: 0.5, frequency_penalty: 0 },
      { presencePenalty: 0.5, frequencyPenalty: 0 },
    ],
    [{ response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    [{ modalities: ['text', 'image'] }, { responseModalities: ['TEXT', 'IMAGE'] }],
    [{ modalities: ['text'], user: 'u', metadata: { a: 'b' }, parallel_tool_calls: false }, undefined],
    [
      { generationConfig: { mediaResolution: 'X' }, temperature: 0 },
      { mediaResolution: 'X', temperature: 0 },
    ],
  ])('sends %j as the generationConfig %j', (more, config) => expect(configOf(more)).toEqual(config));

  it('passes on Gemini’s own fields, and fields that it does not translate', () => {
    expect(bodyOf({ safetySettings: [1], logit_bias: { 5: 1 } })).toMatchObject({
      safetySettings: [1],
      logit_bias: { 5: 1 },
    });
  });

  it.each<[string, Fields, Fields]>([
    ['gemini-2.5-flash', { reasoning_effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { reasoning_effort: 'high' }, { thinkingBudget: 24_576, includeThoughts: true }],
    [FLASH, { reasoning_effort: 'none' }, { thinkingLevel: 'minimal' }],
    [FLASH, { reasoning: { effort: 'low', exclude: true } }, { thinkingLevel: 'low' }],
    [FLASH, { reasoning: { max_tokens: 500 } }, { thinkingBudget: 500, includeThoughts: true }],
    ['gemini-3-pro-preview', { reasoning_effort: 'medium' }, { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3.1-pro-preview', { reasoning_effort: 'minimal' }, { thinkingLevel: 'low', includeThoughts: true }],
  ])('asks %s for thinking as in %j with %j', (model, more, thinkingConfig) => {
    expect(configOf(more, model)).toEqual({ thinkingConfig });
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
  ])('sends the tool choice %s in Gemini’s form', (choice, functionCallingConfig) => {
    const tools = [{ type: 'function', function: { name: 'f' } }, { googleSearch: {} }];
    expect(bodyOf({ tools, tool_choice: choice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }],
      toolConfig: { functionCallingConfig },
    });
  });
});

describe('the conversation for Gemini', () => {
  const call = (id: string, more: Fields = {}) => ({
    id,
    type: 'function',
    function: { name: 'f', arguments: '{}' },
    ...more,
  });
  const turns = (assistant: Fields, model = FLASH) =>
    contentsOf(
      [
        { role: 'user', content: 'a' },
        { role: 'assistant', ...assistant },
        { role: 'tool', tool_call_id: 'x', content: '7' },
      ],
      model,
    );
  const signature = (data: string, id?: string) => ({
    type: 'reasoning.encrypted',
    data,
    format: 'google-gemini-v1',
    ...(id && { id }),
  });

  it('sends instructions without a conversation as the user’s turn', () => {
    expect(bodyOf({ messages: [{ role: 'developer', content: 'Go.' }] })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Go.' }] }],
    });
  });

  it.each<[string, Fields, Fields[]]>([
    [
      'the signatures of calls and of the text',
      { content: 'b', tool_calls: [call('x')], reasoning_details: [signature('one', 'x'), signature('two')] },
      [
        { text: 'b', thoughtSignature: 'two' },
        { functionCall: { id: 'x', name: 'f', args: {} }, thoughtSignature: 'one' },
      ],
    ],
    [
      'a signature beside the call',
      { tool_calls: [call('x', { extra_content: { google: { thought_signature: 'three' } } })] },
      [{ functionCall: { id: 'x', name: 'f', args: {} }, thoughtSignature: 'three' }],
    ],
    [
      'Google’s placeholder for a signature of another family',
      {
        tool_calls: [call('x')],
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'c', id: 'x', format: 'anthropic-claude-v1' }],
      },
      [{ functionCall: { id: 'x', name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
    ],
  ])('sends %s back', (_what, assistant, parts) => {
    expect(turns(assistant)).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { result: 7 } } }] },
    ]);
  });

  it('does not send the placeholder signature to Gemini 2.5', () => {
    expect(turns({ tool_calls: [call('x')] }, 'gemini-2.5-flash')).toMatchObject([
      {},
      { parts: [{ functionCall: { id: 'x', name: 'f', args: {} } }] },
      {},
    ]);
    expect(JSON.stringify(turns({ tool_calls: [call('x')] }, 'gemini-2.5-flash'))).not.toContain('thoughtSignature');
  });

  it.each([
    [
      { type: 'input_audio', input_audio: { data: 'AA', format: 'mp3' } },
      { inlineData: { mimeType: 'audio/mp3', data: 'AA' } },
    ],
    [
      { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBE' } },
      { inlineData: { mimeType: 'application/pdf', data: 'JVBE' } },
    ],
    [{ type: 'image_url', image_url: { url: 'gs://bucket/a.png' } }, { fileData: { fileUri: 'gs://bucket/a.png' } }],
  ])('sends the part %j in Gemini’s form', (part, sent) => {
    expect(contentsOf([{ role: 'user', content: [part] }])).toEqual([{ role: 'user', parts: [sent] }]);
  });
});

describe('older and blank forms of a request, for Gemini', () => {
  const functions = [{ name: 'f', parameters: {} }];

  it.each<[string, Fields, Fields]>([
    [
      'functions',
      { functions },
      { tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: EMPTY_OBJECT }] }] },
    ],
    [
      'function_call by name',
      { functions, function_call: { name: 'f' } },
      { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['f'] } } },
    ],
    [
      'function_call: none',
      { functions, function_call: 'none' },
      { toolConfig: { functionCallingConfig: { mode: 'NONE' } } },
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
    const messages = [{ role: 'user', content: 'a' }, called('{"x":1}'), result('one'), called(''), result('two')];
    expect(contentsOf(messages, 'gemini-2.5-flash')).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts: [{ functionCall: { id: 'call_f_0', name: 'f', args: { x: 1 } } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'call_f_0', name: 'f', response: { result: 'one' } } }] },
      { role: 'model', parts: [{ functionCall: { id: 'call_f_1', name: 'f', args: {} } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'call_f_1', name: 'f', response: { result: 'two' } } }] },
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
    expect(geminiRequest({ model: 'x', messages } as ChatBody, FLASH, new Map())).toMatchObject({
      ok: false,
      error: { kind: 'client', param: 'messages', message: expect.stringContaining('blank') as string },
    });
  });

  it('leaves out a blank message beside others', () => {
    expect(
      contentsOf([
        { role: 'assistant', content: '' },
        { role: 'user', content: 'a' },
      ]),
    ).toEqual([{ role: 'user', parts: [{ text: 'a' }] }]);
  });

  it.each([
    ['data:image/jpg;base64,/9j/4AAQ', 'image/jpeg', '/9j/4AAQ'],
    [' data:image/png;base64,/9j/\r\n4AAQ', 'image/jpeg', '/9j/4AAQ'],
  ])('sends the image of %j with the type of its bytes, on one line', (url, mimeType, data) => {
    expect(contentsOf([{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }])).toEqual([
      { role: 'user', parts: [{ inlineData: { mimeType, data } }] },
    ]);
  });
});

describe('geminiSchema', () => {
  it.each<[Fields, Fields]>([
    [
      {
        $schema: 'x',
        type: 'object',
        properties: { default: { type: 'string', default: 'a', pattern: 'b', maxLength: 3 } },
      },
      { type: 'object', properties: { default: { type: 'string' } } },
    ],
    [{ const: 'a' }, { enum: ['a'] }],
    [
      { type: ['string', 'null'], format: 'date' },
      { type: ['string', 'null'], format: 'date' },
    ],
    [{ $ref: '#/definitions/a', description: 'x' }, { $ref: '#/$defs/a' }],
    [{ definitions: { a: { const: 1 } } }, { $defs: { a: { enum: [1] } } }],
    [
      {
        allOf: [{ properties: { a: { type: 'number', multipleOf: 2 } }, required: ['a'] }, { required: ['b'] }],
        type: 'object',
      },
      { type: 'object', properties: { a: { type: 'number' } }, required: ['a', 'b'] },
    ],
    [{ anyOf: [{ type: 'integer', exclusiveMinimum: 1, minimum: 2 }] }, { anyOf: [{ type: 'integer', minimum: 2 }] }],
    [
      { type: 'array', prefixItems: [{ const: 1 }], uniqueItems: true },
      { type: 'array', prefixItems: [{ enum: [1] }] },
    ],
    [
      { type: 'object', additionalProperties: { not: {} } },
      { type: 'object', additionalProperties: {} },
    ],
  ])('reduces %j to the keywords that Gemini knows', (schema, made) => expect(geminiSchema(schema)).toEqual(made));
});
