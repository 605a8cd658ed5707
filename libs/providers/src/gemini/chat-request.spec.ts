import type { ChatBody } from '@lumenfall/contracts';
import { geminiRequest } from './chat-request.js';
import { geminiSchema } from './chat-tools.js';

type Fields = Record<string, unknown>;
const HI: ChatBody = { model: 'x', messages: [{ role: 'user', content: 'Hi' }] };
const FLASH = 'gemini-3-flash-preview';

const bodyOf = (more: Fields, model = FLASH): Fields => geminiRequest({ ...HI, ...more } as ChatBody, model, new Map());
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
      { n: 2, presence_penalty: 0.5, frequency_penalty: 0 },
      { candidateCount: 2, presencePenalty: 0.5, frequencyPenalty: 0 },
    ],
    [{ response_format: { type: 'json_object' } }, { responseMimeType: 'application/json' }],
    [{ modalities: ['text', 'image'] }, { responseModalities: ['TEXT', 'IMAGE'] }],
    [{ modalities: ['text'], user: 'u', metadata: { a: 'b' }, parallel_tool_calls: false }, undefined],
    [
      { generationConfig: { mediaResolution: 'X' }, temperature: 0 },
      { mediaResolution: 'X', temperature: 0 },
    ],
  ])('makes of %j the configuration %j', (more, config) => expect(configOf(more)).toEqual(config));

  it('passes on what is its own, and what it does not know', () => {
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
  ])('tells %s, asked with %j, to think so: %j', (model, more, thinkingConfig) => {
    expect(configOf(more, model)).toEqual({ thinkingConfig });
  });

  it.each([
    ['auto', { mode: 'AUTO' }],
    ['none', { mode: 'NONE' }],
    ['required', { mode: 'ANY' }],
  ])('chooses tools: %s', (choice, functionCallingConfig) => {
    const tools = [{ type: 'function', function: { name: 'f' } }, { googleSearch: {} }];
    expect(bodyOf({ tools, tool_choice: choice })).toMatchObject({
      tools: [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {} }],
      toolConfig: { functionCallingConfig },
    });
  });
});

describe('the conversation', () => {
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

  it('is what the user says where there are only instructions', () => {
    expect(bodyOf({ messages: [{ role: 'developer', content: 'Go.' }] })).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'Go.' }] }],
    });
  });

  it.each<[string, Fields, Fields[]]>([
    [
      'the signatures of calls and of the words',
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
      'no signature of another family',
      {
        tool_calls: [call('x')],
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'c', id: 'x', format: 'anthropic-claude-v1' }],
      },
      [{ functionCall: { id: 'x', name: 'f', args: {} }, thoughtSignature: 'skip_thought_signature_validator' }],
    ],
  ])('gives back %s', (_what, assistant, parts) => {
    expect(turns(assistant)).toEqual([
      { role: 'user', parts: [{ text: 'a' }] },
      { role: 'model', parts },
      { role: 'user', parts: [{ functionResponse: { id: 'x', name: 'f', response: { result: 7 } } }] },
    ]);
  });

  it('asks older models for no signature', () => {
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
  ])('carries %j', (part, sent) => {
    expect(contentsOf([{ role: 'user', content: [part] }])).toEqual([{ role: 'user', parts: [sent] }]);
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
  ])('makes of %j', (schema, made) => expect(geminiSchema(schema)).toEqual(made));
});
