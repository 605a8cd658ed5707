import { fixture } from '../contract/replay-server.js';
import type { ChatEvent } from '../spec/index.js';
import { GeminiStream } from './chat-stream.js';
import { mediaTypeOf } from '../http/index.js';

const FACTS = { defaults: { id: 'chatcmpl-1', created: 1, model: 'm' }, secrets: [] };

function run(events: readonly string[], n = 1): ChatEvent[] {
  const stream = new GeminiStream({ n }, FACTS);
  return [...events.flatMap((data) => stream.take(data)), ...stream.close(null)];
}
const recordedEvents = (name: string): string[] =>
  fixture('gemini', name)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
const deltas = (events: readonly ChatEvent[]) =>
  events.flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta) : []));
const kinds = (events: readonly ChatEvent[]) =>
  events.map((event) => (event.type === 'failure' ? event.failure.kind : event.type));
const candidate = (parts: object[], finishReason?: string, index = 0): string =>
  JSON.stringify({ candidates: [{ content: { parts, role: 'model' }, index, ...(finishReason && { finishReason }) }] });

describe('GeminiStream', () => {
  const format = 'google-gemini-v1';

  it('keeps thoughts and signatures, so that they can be sent back', () => {
    expect(deltas(run(recordedEvents('chat-thinking.sse')))).toEqual([
      {
        role: 'assistant',
        reasoning: '**Multiplying**\n',
        reasoning_details: [{ type: 'reasoning.text', text: '**Multiplying**\n', format, index: 0 }],
      },
      {
        reasoning: '27 * 453: 12231.',
        reasoning_details: [{ type: 'reasoning.text', text: '27 * 453: 12231.', format, index: 0 }],
      },
      { content: '27 * 453' },
      { content: ' = 12231' },
      { reasoning_details: [{ type: 'reasoning.encrypted', data: expect.any(String) as string, format, index: 1 }] },
    ]);
  });

  it('names the calls that Gemini left without a name, and says whose a signature is', () => {
    const [first, second] = deltas(run(recordedEvents('chat-tool-calls.sse')));
    expect(first).toMatchObject({
      tool_calls: [{ index: 0, id: 'u3nq3ab9' }],
      reasoning_details: [{ type: 'reasoning.encrypted', id: 'u3nq3ab9' }],
    });
    expect(second).toMatchObject({ tool_calls: [{ index: 1, id: 'call_1_0_1' }] });
  });

  it('gives a picture the form that OpenRouter gives it', () => {
    expect(deltas(run([candidate([{ inlineData: { mimeType: 'image/png', data: 'AA' } }], 'STOP')]))).toEqual([
      { role: 'assistant', images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }] },
    ]);
  });

  it.each([
    ['STOP', ['chunk', 'end']],
    ['MAX_TOKENS', ['chunk', 'end']],
    ['SAFETY', ['chunk', 'end']],
    ['A_NEW_REASON', ['chunk', 'end']],
    ['FINISH_REASON_UNSPECIFIED', ['chunk', 'transient']],
    ['MALFORMED_FUNCTION_CALL', ['transient']],
    ['OTHER', ['transient']],
    ['MISSING_THOUGHT_SIGNATURE', ['client']],
  ])('ends with %s so: %j', (reason, said) => expect(kinds(run([candidate([{ text: 'a' }], reason)]))).toEqual(said));

  it.each<[string, string[], string[]]>([
    ['nothing', [], ['transient']],
    ['words without an end', [candidate([{ text: 'a' }])], ['chunk', 'transient']],
    ['an end without words', [candidate([{ text: '' }], 'STOP')], ['empty']],
    ['a signature without words', [candidate([{ text: '', thoughtSignature: 'x' }], 'STOP')], ['empty']],
    ['no room for words', [candidate([], 'MAX_TOKENS')], ['chunk', 'end']],
    ['a filter before the first word', [candidate([], 'RECITATION')], ['moderation']],
    ['a blocked prompt', ['{"promptFeedback":{"blockReason":"OTHER"}}'], ['moderation']],
    ['no JSON', ['{oops'], ['transient']],
  ])('%s', (_what, events, said) => expect(kinds(run(events))).toEqual(said));

  it('waits for the end of every answer', () => {
    const [one, two] = [candidate([{ text: 'a' }], 'STOP', 0), candidate([{ text: 'b' }], 'STOP', 1)];
    expect(kinds(run([one], 2))).toEqual(['chunk', 'transient']);
    expect(kinds(run([one, two], 2))).toEqual(['chunk', 'chunk', 'end']);
  });
});

describe('mediaTypeOf', () => {
  it.each([
    ['\x89PNG\r\n', 'image/png'],
    ['\xff\xd8\xff\xe0', 'image/jpeg'],
    ['GIF89a', 'image/gif'],
    ['RIFF1234WEBPVP8 ', 'image/webp'],
    ['RIFF1234WAVEfmt ', 'audio/wav'],
    ['\0\0\0\x18ftypheic', 'image/heic'],
    ['%PDF-1.7', 'application/pdf'],
    ['<html>', null],
    ['', null],
  ])('knows %j', (head, type) => expect(mediaTypeOf(Buffer.from(head, 'latin1'))).toBe(type));
});
