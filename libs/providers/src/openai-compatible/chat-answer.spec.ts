import { chatChunkSchema } from '@lumenfall/contracts';
import { fixture, fixtureJson } from '../contract/replay-server.js';
import { chunksOfCompletion, readChunk } from './chat-answer.js';

const DEFAULTS = { id: 'chatcmpl-default', created: 1, model: 'default' };
const read = (choice: unknown) => readChunk({ choices: [choice] }, DEFAULTS);

describe('readChunk', () => {
  it.each([
    ['openai', 'chat-stream.sse'],
    ['openai', 'chat-tool-calls.sse'],
    ['openrouter', 'chat-stream.sse'],
    ['openai-compatible', 'vllm-stream.sse'],
    ['openai-compatible', 'ollama-stream.sse'],
  ])('makes chunks that satisfy our schema from %s %s', (provider, name) => {
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

  it('adds the fields that a chunk must have', () => {
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
  ])('of the delta %j reports hasContent as %p', (delta, content) =>
    expect(read({ index: 0, delta })?.hasContent).toBe(content),
  );

  it.each([[{ choices: 'x' }], [{ choices: ['x'] }]])('returns null for %j', (value) => {
    expect(readChunk(value, DEFAULTS)).toBeNull();
  });
});

describe('chunksOfCompletion', () => {
  it('keeps tool calls, several choices, finish reasons and the usage', () => {
    const toolCall = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } };
    const completion = {
      ...(fixtureJson('openai', 'chat-completion.json') as object),
      choices: [
        { index: 0, message: { role: 'assistant', content: 'a' }, finish_reason: 'length' },
        {
          index: 1,
          message: { role: 'assistant', content: null, tool_calls: [toolCall] },
          finish_reason: 'tool_calls',
        },
      ],
    };
    const chunks = (chunksOfCompletion(completion) ?? []).map((one) => readChunk(one, DEFAULTS));
    const [answer, end] = chunks.map((read) => chatChunkSchema.parse(read?.chunk));
    expect(answer?.choices.map(({ delta, finish_reason }) => [delta, finish_reason])).toEqual([
      [{ role: 'assistant', content: 'a' }, null],
      [{ role: 'assistant', content: null, tool_calls: [toolCall] }, null],
    ]);
    expect(end?.choices.map(({ index, finish_reason }) => [index, finish_reason])).toEqual([
      [0, 'length'],
      [1, 'tool_calls'],
    ]);
    expect(chunks.at(-1)?.usage?.prompt_tokens).toBe(19);
  });

  it('returns null for an object without choices', () => expect(chunksOfCompletion({})).toBeNull());
});
