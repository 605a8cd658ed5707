import { AnthropicReader } from '../anthropic/chat-stream.js';
import { eventsOf, eventsOfWhole, kindsOf, reasonOf, textOf } from '../contract/chat-events.js';
import { GeminiReader } from '../gemini/chat-stream.js';
import { OpenAiReader } from '../openai-compatible/chat-stream.js';
import type { AnswerReader } from './answer-stream.js';

const DEFAULTS = { id: 'chatcmpl-1', created: 1, model: 'm' };

interface Wire {
  reader: () => AnswerReader;
  /** A chunk with the text "Hi". */
  text: string[];
  /** The finish reason of the answer, without the protocol's own mark of the end. */
  finish: string;
}

const WIRES: Record<string, Wire> = {
  'the OpenAI dialect': {
    reader: () => new OpenAiReader(DEFAULTS),
    text: ['{"choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}'],
    finish: '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
  },
  Anthropic: {
    reader: () => new AnthropicReader(DEFAULTS),
    text: [
      '{"type":"message_start","message":{"id":"m","usage":{"input_tokens":5,"output_tokens":1}}}',
      '{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}',
    ],
    finish: '{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3}}',
  },
  Gemini: {
    reader: () => new GeminiReader(DEFAULTS),
    text: ['{"candidates":[{"content":{"role":"model","parts":[{"text":"Hi"}]},"index":0}]}'],
    finish: '{"candidates":[{"content":{"role":"model","parts":[]},"finishReason":"STOP","index":0}]}',
  },
};

describe.each(Object.entries(WIRES))('a stream of %s', (_name, { reader, text, finish }) => {
  const events = (...received: Parameters<typeof eventsOf>[1]) => eventsOf(reader(), received);

  it.each(['', ' ', 'null', 'ping', '"ping"', '[PING]', '[]', '{}', '{"type":"ping"}', '5', ': busy', 'keep-alive'])(
    'skips an event whose data is %j',
    (data) => {
      const all = events(data, ...text, data, finish, data, '[DONE]');
      expect([textOf(all), reasonOf(all), all.at(-1)?.type]).toEqual(['Hi', 'stop', 'end']);
    },
  );

  it('skips events of the type ping, whatever their data', () => {
    expect(kindsOf(events(...text, { event: 'ping', data: '{"choices":5}' }, finish)).at(-1)).toBe('end');
  });

  it.each([
    ['closes the connection', []],
    ['sends [DONE]', ['[DONE]']],
    ['sends [DONE] twice', ['[DONE]', '[DONE]']],
    ['sends an empty event and closes the connection', ['']],
    ['breaks off the next chunk', ['{"choices":[],"usa']],
    ['reports an error', ['{"error":{"message":"late","code":500}}']],
  ])('is whole after its finish reason if the provider then %s', (_what, rest) => {
    const all = events(...text, finish, ...rest);
    expect([textOf(all), reasonOf(all), all.at(-1)?.type]).toEqual(['Hi', 'stop', 'end']);
  });

  it('is whole after [DONE] without a finish reason, and gets the reason stop', () => {
    const all = events(...text, '[DONE]');
    expect([reasonOf(all), all.at(-1)?.type]).toEqual(['stop', 'end']);
  });

  it('is broken if the provider closes the connection without a finish reason', () => {
    expect(events(...text).at(-1)).toMatchObject({
      type: 'failure',
      failure: { kind: 'transient', message: expect.stringContaining('stream broke') as string },
    });
  });

  it.each([
    [{}, 'end'],
    [null, 'end'],
    ['', 'end'],
    [{ message: null }, 'end'],
    [{ message: 'down' }, 'failure'],
    ['down', 'failure'],
  ])('takes error: %j inside a good chunk for what it says', (error, type) => {
    const [first = '', ...rest] = text;
    const withError = JSON.stringify({ ...(JSON.parse(first) as object), error });
    expect(events(withError, ...rest, finish).at(-1)?.type).toBe(type);
  });

  it.each<[string, Parameters<typeof eventsOf>[1][number], string]>([
    ['an error object', '{"error":{"message":"too busy"}}', 'too busy'],
    ['an error text', '{"error":"too busy"}', 'too busy'],
    ['a list of errors', '[{"error":{"message":"too busy"}}]', 'too busy'],
    ['errors', '{"errors":[{"message":"too busy"}]}', 'too busy'],
    ['an object of the type error', '{"object":"error","message":"too busy","code":503}', 'too busy'],
    ['an event of the type error without an error key', { event: 'error', data: '{"message":"too busy"}' }, 'too busy'],
    [
      'an event of the type error with details',
      { event: 'error', data: '{"detail":[{"msg":"too busy"}]}' },
      'too busy',
    ],
    ['an event of the type error with plain text', { event: 'error', data: 'too busy' }, 'too busy'],
    ['a message inside a message', { event: 'error', data: '{"message":{"message":"too busy"}}' }, 'too busy'],
  ])('ends with the provider’s reason after %s', (_what, error, message) => {
    expect(events(error)).toMatchObject([{ type: 'failure', failure: { kind: 'transient', message } }]);
    expect(events(...text, error).at(-1)).toMatchObject({ type: 'failure', failure: { message } });
  });

  it('gives the reason that an object without chunks holds, if the stream then ends', () => {
    expect(events('{"detail":"out of memory"}')).toMatchObject([
      { type: 'failure', failure: { kind: 'transient', message: 'out of memory' } },
    ]);
  });

  it.each(['<html><body>Sign in</body></html>', '', 'oops', '5', '{oops', '{"id":"x"}'])(
    'is a failure if its body is %j',
    (body) => expect(kindsOf(eventsOfWhole(reader(), body))).toEqual(['transient']),
  );

  it('gives the reason of an error in a whole body', () => {
    expect(eventsOfWhole(reader(), '[{"error":{"message":"too busy","code":503}}]')).toMatchObject([
      { type: 'failure', failure: { kind: 'transient', message: 'too busy', status: 503 } },
    ]);
  });

  it('reads a body with one chunk a line', () => {
    const all = eventsOfWhole(reader(), [...text, finish, ''].join('\n'));
    expect([textOf(all), all.at(-1)?.type]).toEqual(['Hi', 'end']);
  });
});
