import { chatChunkSchema, chatUsageSchema } from '@lumenfall/contracts';
import { fixture, fixtureJson } from '../contract/replay-server.js';
import { chunksOfCompletion, readChunk } from './chat-answer.js';
import { readUsage } from './chat-usage.js';

const DEFAULTS = { id: 'chatcmpl-default', created: 1, model: 'default' };
const read = (choice: unknown) => readChunk({ choices: [choice] }, DEFAULTS);

describe('readChunk', () => {
  it.each([
    ['openai', 'chat-stream.sse'],
    ['openai', 'chat-tool-calls.sse'],
    ['openrouter', 'chat-stream.sse'],
    ['openai-compatible', 'vllm-stream.sse'],
    ['openai-compatible', 'ollama-stream.sse'],
  ])('makes chunks of our schema from %s %s', (provider, name) => {
    const lines = fixture(provider, name)
      .split(/\r?\n/)
      .filter((line) => line.startsWith('data: {'));
    for (const line of lines) {
      const sent = JSON.parse(line.slice(6)) as { choices: unknown[]; id: string };
      const chunk = readChunk(sent, DEFAULTS)?.chunk ?? null;
      if (sent.choices.length === 0) expect(chunk).toBeNull();
      else expect(chatChunkSchema.parse(chunk)).toMatchObject({ id: sent.id, choices: sent.choices });
    }
  });

  it('fills in what a chunk must have', () => {
    expect(read({ delta: { content: 'x' } })?.chunk).toEqual({
      id: 'chatcmpl-default',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'default',
      choices: [{ index: 0, delta: { content: 'x' }, finish_reason: null }],
    });
  });

  it.each([
    [
      {
        delta: {
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      },
      { content: 'ab' },
    ],
    [{ message: { role: 'assistant', content: 'a' } }, { role: 'assistant', content: 'a' }],
    [{ delta: { content: 5 } }, {}],
    [{ delta: null }, {}],
    [{ delta: { reasoning: 'hm' } }, { reasoning: 'hm' }],
    [
      { delta: { tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }, 'odd'] } },
      { tool_calls: [{ function: { name: 'f', arguments: '{"a":1}' } }] },
    ],
  ])('reads the delta of %j', (choice, delta) => {
    const chunk = read(choice)?.chunk;
    expect(chatChunkSchema.parse(chunk).choices[0]?.delta).toEqual(delta);
  });

  it.each([
    [{ role: 'assistant', content: '', refusal: null, tool_calls: [] }, false],
    [{ content: 'x' }, true],
    [{ reasoning_content: 'x' }, true],
    [{ tool_calls: [{ index: 0 }] }, true],
    [{ refusal: 'no' }, true],
    [{ audio: { data: 'x' } }, true],
    [{}, false],
  ])('%j has content: %p', (delta, content) => expect(read({ index: 0, delta })?.hasContent).toBe(content));

  it.each([[null], ['x'], [[]], [{ choices: 'x' }], [{ choices: ['x'] }]])('%j is no chunk', (value) => {
    expect(readChunk(value, DEFAULTS)).toBeNull();
  });
});

describe('chunksOfCompletion', () => {
  it('keeps tool calls, several choices and the reason of the end', () => {
    const completion = {
      ...(fixtureJson('openai', 'chat-completion.json') as object),
      choices: [
        { index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'length' },
        {
          index: 1,
          message: {
            role: 'assistant',
            content: null,
            tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    };
    const chunks = chunksOfCompletion(completion, DEFAULTS) ?? [];
    const [answer, end] = chunks.map(({ chunk }) => chatChunkSchema.parse(chunk));
    expect(answer?.choices.map(({ delta, finish_reason }) => [delta, finish_reason])).toEqual([
      [{ role: 'assistant', content: 'a' }, null],
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
        },
        null,
      ],
    ]);
    expect(end?.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'length'],
      [1, 'tool_calls'],
    ]);
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBe(19);
  });

  it.each([[null], [{}], ['x'], [{ choices: [1] }]])('%j is none', (value) => {
    expect(chunksOfCompletion(value, DEFAULTS)).toBeNull();
  });
});

describe('readUsage', () => {
  it.each([
    [
      { prompt_tokens: 5, total_tokens: 5 },
      { prompt_tokens: 5, completion_tokens: 0, total_tokens: 5 },
    ],
    [
      {
        prompt_tokens: 5,
        completion_tokens: 1,
        total_tokens: 'x',
        cost: -1,
        prompt_tokens_details: { cached_tokens: 1.5, audio_tokens: 2 },
      },
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { audio_tokens: 2 } },
    ],
    [
      { prompt_tokens: 5, completion_tokens: 1, cost: 0.1, is_byok: true },
      { prompt_tokens: 5, completion_tokens: 1, cost: 0.1, is_byok: true },
    ],
    [
      { prompt_tokens: 5, completion_tokens: 1, completion_tokens_details: null },
      { prompt_tokens: 5, completion_tokens: 1 },
    ],
  ])('reads %j', (sent, usage) => {
    expect(readUsage(sent)).toEqual(usage);
    expect(chatUsageSchema.safeParse(readUsage(sent)).success).toBe(true);
  });

  // Every chat has a prompt: noughts stand for what was not counted.
  const noughts = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };

  it.each([[null], [undefined], [{}], [{ prompt_tokens: -1 }], ['x'], [[1]], [noughts]])('%j is none', (sent) => {
    expect(readUsage(sent)).toBeNull();
  });
});
