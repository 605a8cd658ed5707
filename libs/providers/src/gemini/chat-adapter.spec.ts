import { contextFor, SECRET } from '../contract/call-context.js';
import { PIXEL_DATA, SCHEMA } from '../contract/chat-bodies.js';
import { chatContract } from '../contract/chat-contract.js';
import { collect, textOf } from '../contract/chat-events.js';
import { recorded, startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { gemini } from './adapter.js';

const MODEL = 'gemini-3-flash-preview';
const HI = [{ role: 'user', parts: [{ text: 'Hi' }] }];

chatContract({
  provider: 'gemini',
  chat: gemini.chat,
  model: MODEL,
  way: { path: `/models/${MODEL}:streamGenerateContent?alt=sse`, key: { 'x-goog-api-key': SECRET } },
  wire: {
    plain: { contents: HI, generationConfig: { topK: 7 } },
    settings: {
      contents: HI,
      generationConfig: { temperature: 0.5, topP: 0.9, maxOutputTokens: 100, stopSequences: ['END'] },
    },
    system: { systemInstruction: { parts: [{ text: 'Be brief.' }, { text: 'Be kind.' }] }, contents: HI },
    image: {
      contents: [
        {
          role: 'user',
          parts: [{ text: 'What is it?' }, { inlineData: { mimeType: 'image/png', data: PIXEL_DATA } }],
        },
      ],
    },
    tools: {
      tools: [
        {
          functionDeclarations: [
            { name: 'get_weather', description: 'Tells the weather', parametersJsonSchema: SCHEMA },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['get_weather'] } },
    },
    toolResults: {
      contents: [
        { role: 'user', parts: [{ text: 'Weather in Paris and Rome?' }] },
        {
          role: 'model',
          parts: [
            {
              functionCall: { id: 'call_1', name: 'get_weather', args: { city: 'Paris' } },
              thoughtSignature: 'skip_thought_signature_validator',
            },
            { functionCall: { id: 'call_2', name: 'get_weather', args: { city: 'Rome' } } },
          ],
        },
        {
          role: 'user',
          parts: [
            { functionResponse: { id: 'call_1', name: 'get_weather', response: { result: 'rain' } } },
            { functionResponse: { id: 'call_2', name: 'get_weather', response: { sky: 'sun' } } },
          ],
        },
      ],
    },
    jsonSchema: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: SCHEMA } },
    reasoning: {
      generationConfig: { maxOutputTokens: 4_000, thinkingConfig: { thinkingLevel: 'medium', includeThoughts: true } },
    },
  },
  finishReason: '"finishReason":"STOP"',
  showsThoughts: true,
  fixtures: {
    stream: recorded('gemini', 'chat-stream.sse'),
    whole: recorded('gemini', 'chat-whole.json'),
    empty: recorded('gemini', 'chat-empty.sse'),
    tools: recorded('gemini', 'chat-tool-calls.sse'),
    reasoning: recorded('gemini', 'chat-thinking.sse'),
    length: recorded('gemini', 'chat-length.sse'),
    moderated: recorded('gemini', 'chat-blocked.sse'),
    rate: recorded('gemini', 'error-429-short.json'),
    refusal: recorded('gemini', 'error-400.json', { status: 400 }),
    refusedKey: recorded('gemini', 'error-400-key.json', { status: 400 }),
    overloaded: recorded('gemini', 'error-503.json', { status: 503 }),
  },
});

describe('Gemini', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const ask = (content: unknown = 'Hi') =>
    collect(
      gemini.chat.streamChat(
        { model: 'x', messages: [{ role: 'user', content: content as string }] },
        contextFor(server.url, 'gemini', { model: MODEL }),
      ),
    );
  const image = (url: string) => [{ type: 'image_url', image_url: { url } }];

  it.each([
    ['chat-safety.sse', 'moderation'],
    ['chat-malformed-call.sse', 'transient'],
  ])('reports %s as the failure %s', async (name, kind) => {
    server.reply(recorded('gemini', name));
    expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind } }]);
  });

  it('reports an error after the first text as a failure', async () => {
    server.reply(recorded('gemini', 'chat-late-error.sse'));
    const events = await ask();
    expect(textOf(events)).toBe('Grü');
    expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'transient', status: 503 } });
  });

  it('fetches an image that is given by URL', async () => {
    const bytes = Buffer.from(PIXEL_DATA, 'base64');
    server.reply({ body: bytes }, recorded('gemini', 'chat-stream.sse'));
    expect(textOf(await ask(image(`${server.url}/fox.png`)))).toContain('Grüße');
    const [fetched, asked] = server.requests;
    expect(fetched).toMatchObject({ method: 'GET', path: '/fox.png' });
    expect(fetched?.headers['x-goog-api-key']).toBeUndefined();
    expect(JSON.parse(asked?.body ?? '')).toMatchObject({
      contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL_DATA } }] }],
    });
  });

  it.each([
    ['is not there', { status: 404 }],
    ['is not an image', { body: '<html>' }],
    ['is empty', { body: '' }],
    ['is too large', { headers: { 'content-length': '99999999' }, body: 'x' }],
    ['breaks off', { headers: { 'content-length': '900' }, body: 'x', cutAfter: 1 }],
  ])('reports it as the client’s failure if an image %s, and does not call Gemini', async (_what, reply) => {
    server.reply(reply);
    expect(await ask(image(`${server.url}/fox.png`))).toMatchObject([
      {
        type: 'failure',
        failure: {
          kind: 'client',
          param: 'messages',
          message: expect.stringMatching(/^messages: (a|the) files? of the conversation/) as string,
        },
      },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it.each(['http://127.0.0.1:1/fox.png', 'https://192.168.1.1/fox.png', 'http://example.com/fox.png'])(
    'does not fetch %s, not even in the sandbox',
    async (url) => {
      server.reply(recorded('gemini', 'chat-stream.sse'));
      expect(await ask(image(url))).toMatchObject([{ type: 'failure', failure: { kind: 'client' } }]);
      expect(server.requests).toEqual([]);
    },
  );

  it('leaves files at Google to Google', async () => {
    server.reply(recorded('gemini', 'chat-stream.sse'));
    await ask(image('https://generativelanguage.googleapis.com/v1beta/files/abc'));
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      contents: [{ parts: [{ fileData: { fileUri: expect.stringContaining('files/abc') as string } }] }],
    });
  });
});
