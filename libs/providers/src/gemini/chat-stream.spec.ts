import { deltasOf, eventsOf, eventsOfWhole, kindsOf, reasonOf, textOf } from '../contract/chat-events.js';
import { fixture } from '../contract/replay-server.js';
import { GeminiReader } from './chat-stream.js';
import { readGeminiRefusal } from './errors.js';

const reader = () => new GeminiReader({ id: 'chatcmpl-1', created: 1, model: 'm' });
const events = (data: readonly string[], n = 1) => eventsOf(reader(), data, { n, readRefusal: readGeminiRefusal });
const recordedEvents = (name: string): string[] =>
  fixture('gemini', name)
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice(6));
const candidate = (parts: object[], finishReason?: string, index = 0): string =>
  JSON.stringify({ candidates: [{ content: { parts, role: 'model' }, index, ...(finishReason && { finishReason }) }] });

describe('GeminiReader', () => {
  const format = 'google-gemini-v1';

  it('keeps thoughts and signatures, so that the client can send them back', () => {
    expect(deltasOf(events(recordedEvents('chat-thinking.sse')))).toEqual([
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

  it('gives calls without an id one, and names the call of a signature', () => {
    const [first, second] = deltasOf(events(recordedEvents('chat-tool-calls.sse')));
    expect(first).toMatchObject({
      tool_calls: [{ index: 0, id: 'u3nq3ab9' }],
      reasoning_details: [{ type: 'reasoning.encrypted', id: 'u3nq3ab9' }],
    });
    expect(second).toMatchObject({ tool_calls: [{ index: 1, id: 'call_1_0_1' }] });
  });

  it.each([[undefined], [null], ['']])('gives a call with the arguments %j the arguments {}', (args) => {
    const all = events([candidate([{ functionCall: { name: 'now', args } }], 'STOP')]);
    expect(deltasOf(all)[0]).toMatchObject({ tool_calls: [{ function: { name: 'now', arguments: '{}' } }] });
    expect(reasonOf(all)).toBe('tool_calls');
  });

  it.each([
    [{ inlineData: { mimeType: 'image/png', data: 'AA' } }],
    [{ inline_data: { mime_type: 'image/png', data: 'AA' } }],
  ])('passes the image of %j on in OpenRouter’s form', (part) => {
    expect(deltasOf(events([candidate([part], 'STOP')]))).toEqual([
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
  ])('ends an answer with the finish reason %s as %j', (reason, kinds) =>
    expect(kindsOf(events([candidate([{ text: 'a' }], reason)]))).toEqual(kinds),
  );

  it.each([
    ['MAX_TOKENS', 'length'],
    ['RECITATION', 'content_filter'],
    ['A_NEW_REASON', 'stop'],
  ])('passes the finish reason %s on as %s', (reason, ours) =>
    expect(reasonOf(events([candidate([{ text: 'a' }], reason)]))).toBe(ours),
  );

  it.each<[string, string[], string[]]>([
    ['no events', [], ['transient']],
    ['text without a finish reason', [candidate([{ text: 'a' }])], ['chunk', 'transient']],
    ['a finish reason without text', [candidate([{ text: '' }], 'STOP')], ['empty']],
    ['a signature without text', [candidate([{ text: '', thoughtSignature: 'x' }], 'STOP')], ['empty']],
    ['a token limit before the first text', [candidate([], 'MAX_TOKENS')], ['chunk', 'end']],
    ['a filter before the first text', [candidate([], 'RECITATION')], ['moderation']],
    ['a blocked prompt', ['{"promptFeedback":{"blockReason":"OTHER"}}'], ['moderation']],
    ['[DONE] after the finish reason', [candidate([{ text: 'a' }], 'STOP'), '[DONE]'], ['chunk', 'end']],
  ])('reads %s', (_what, sent, kinds) => expect(kindsOf(events(sent))).toEqual(kinds));

  it('delivers fewer candidates than requested', () => {
    const [one, two] = [candidate([{ text: 'a' }], 'STOP', 0), candidate([{ text: 'b' }], 'STOP', 1)];
    expect(kindsOf(events([one], 2))).toEqual(['chunk', 'end']);
    expect(kindsOf(events([one, two], 2))).toEqual(['chunk', 'chunk', 'end']);
  });

  it('reads chunks that come as one JSON list', () => {
    const all = eventsOfWhole(reader(), `[${candidate([{ text: 'a' }])},\n${candidate([{ text: 'b' }], 'STOP')}]`);
    expect([textOf(all), all.at(-1)?.type]).toEqual(['ab', 'end']);
  });
});
