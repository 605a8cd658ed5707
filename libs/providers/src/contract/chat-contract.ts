import { chatChunkSchema, chatUsageSchema, type ChatBody, type ProviderSlug } from '@lumenfall/contracts';
import type { CallContext, ChatEvent, ChatProvider, TimeLimits } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { BODIES } from './chat-bodies.js';
import { callsOf, collect, deltasOf, reasonOf, textOf } from './chat-events.js';
import { startReplayServer, type Reply, type ReplayServer } from './replay-server.js';

export interface ChatContract {
  provider: ProviderSlug;
  chat: ChatProvider;
  /** The provider's own model id; the form of a reasoning request may depend on it. */
  model: string;
  /** The path below the base URL, and the header that carries the key. */
  way: { path: string; key: Record<string, string> };
  /** What the bodies of `BODIES` contain when they are sent. */
  wire: Record<keyof typeof BODIES, Record<string, unknown>>;
  /** The finish reason of an ordinary answer as it is on the wire: it makes the answer whole. */
  finishReason: string;
  /** OpenAI does not return the thoughts of its models. */
  showsThoughts: boolean;
  /** Recorded answers of this provider. */
  fixtures: {
    /** The text "Grüße aus 東京 🗼!" with 19 + 10 tokens. */
    stream: Reply;
    /** The same, as one JSON document. */
    whole: Reply;
    /** An answer without content. */
    empty: Reply;
    /** Calls `get_weather` for Paris, and `get_time` without arguments. */
    tools: Reply;
    /** Thinks, then answers 27 * 453; 100 of 119 prompt tokens came from the cache, 42 tokens were thoughts. */
    reasoning: Reply;
    /** Cut off by the token limit after "Once". */
    length: Reply;
    /** Refused because of its content. */
    moderated: Reply;
    rate: Reply;
    refusal: Reply;
    refusedKey: Reply;
    overloaded: Reply;
  };
}

const TEXT = 'Grüße aus 東京 🗼!';
const LIMITS: TimeLimits = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000, wholeMs: 60_000 };

/** What every chat adapter must do, whatever its protocol. Runs over real sockets. */
export function chatContract({
  provider,
  chat,
  model,
  way,
  wire,
  finishReason,
  showsThoughts,
  fixtures,
}: ChatContract): void {
  describe(`${provider}, a chat provider`, () => {
    let server: ReplayServer;
    const stream = (more: Reply = {}): Reply => ({ ...fixtures.stream, ...more });

    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const ask = (more: Partial<CallContext> = {}, body: ChatBody = BODIES.plain): Promise<ChatEvent[]> =>
      collect(chat.streamChat(body, asReal(contextFor(server.url, provider, { model, limits: LIMITS, ...more }))));

    it.each(Object.keys(BODIES) as (keyof typeof BODIES)[])('sends the body %s in its own protocol', async (name) => {
      server.reply(stream());
      expect((await ask({}, BODIES[name])).at(-1)?.type).toBe('end');
      const [request] = server.requests;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}${way.path}`, headers: way.key });
      const body = JSON.parse(Buffer.from(request?.body ?? '', 'latin1').toString()) as unknown;
      expect(body).toMatchObject(wire[name]);
      expect(JSON.stringify(body)).not.toContain('public-name');
    });

    it('does not follow a redirect with its key', async () => {
      const elsewhere = await startReplayServer();
      elsewhere.reply(stream());
      server.reply({ status: 307, headers: { location: `${elsewhere.url}/x` } });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient', status: 307 } }]);
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.close();
    });

    it.each([undefined, 3, 7, 64])('reads a whole answer that comes in packets of %p bytes', async (pieceBytes) => {
      server.reply(stream({ pieceBytes }));
      const events = await ask();
      expect(textOf(events)).toBe(TEXT);
      const end = events.at(-1);
      expect(end).toMatchObject({ type: 'end', usage: { prompt_tokens: 19, completion_tokens: 10 } });
      expect(end?.type === 'end' && chatUsageSchema.parse(end.usage)).toBeTruthy();
      for (const event of events.slice(0, -1)) {
        expect(event.type === 'chunk' && chatChunkSchema.parse(event.chunk)).toBeTruthy();
        expect(event).not.toHaveProperty('chunk.usage');
      }
    });

    it('begins an answer with the role', async () => {
      server.reply(stream());
      const [first] = await ask();
      expect(first).toMatchObject({ type: 'chunk', chunk: { choices: [{ index: 0, delta: { role: 'assistant' } }] } });
    });

    it('streams an answer that the provider sent as one document', async () => {
      server.reply(fixtures.whole);
      const events = await ask();
      expect(textOf(events)).toBe(TEXT);
      expect(reasonOf(events)).toBe('stop');
      expect(events.at(-1)).toMatchObject({ type: 'end', usage: { prompt_tokens: 19, completion_tokens: 10 } });
    });

    it('streams parallel tool calls with their arguments', async () => {
      server.reply(fixtures.tools);
      const events = await ask();
      const calls = callsOf(events);
      expect(calls.map(({ name, args }) => [name, JSON.parse(args) as unknown])).toEqual([
        ['get_weather', { city: 'Paris' }],
        ['get_time', {}],
      ]);
      expect(new Set(calls.map(({ id }) => id).filter((id) => id !== '')).size).toBe(2);
      expect(reasonOf(events)).toBe('tool_calls');
      expect(events.at(-1)?.type).toBe('end');
    });

    it('keeps thoughts apart from the text, and counts them and the cached tokens', async () => {
      server.reply(fixtures.reasoning);
      const events = await ask();
      expect(textOf(events)).toContain('12231');
      const thoughts = deltasOf(events).map((delta) => delta['reasoning'] ?? delta['reasoning_content'] ?? '');
      expect(thoughts.join('')).toContain(showsThoughts ? '27 * 453' : '');
      expect(events.at(-1)).toMatchObject({
        type: 'end',
        usage: {
          prompt_tokens: 119,
          prompt_tokens_details: { cached_tokens: 100 },
          completion_tokens_details: { reasoning_tokens: 42 },
        },
      });
    });

    it('ends an answer that reached the token limit with the reason length', async () => {
      server.reply(fixtures.length);
      const events = await ask();
      expect([textOf(events), reasonOf(events), events.at(-1)?.type]).toEqual(['Once', 'length', 'end']);
    });

    it('reports content that the provider refused as moderation', async () => {
      server.reply(fixtures.moderated);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'moderation' } }]);
    });

    it('reports a refused key as our account’s failure, without the provider’s sentence', async () => {
      server.reply(fixtures.refusedKey);
      const events = await ask();
      expect(events).toMatchObject([{ type: 'failure', failure: { kind: 'auth' } }]);
      expect(events).toMatchObject([{ failure: { message: 'The provider refused our account' } }]);
    });

    it('reports an overloaded provider as transient', async () => {
      server.reply(fixtures.overloaded);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient' } }]);
    });

    it('reuses the connection after a whole answer', async () => {
      server.reply(stream());
      for (let i = 0; i < 3; i += 1) {
        expect((await ask()).at(-1)?.type).toBe('end');
        // The end of the body arrives after the end of the answer, a few turns of the event loop later.
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
    });

    it('reports a stream that is cut after its first text as broken', async () => {
      const body = stream().body as string;
      server.reply(stream({ cutAfter: Buffer.byteLength(body.slice(0, body.indexOf(' aus'))) }));
      const events = await ask();
      expect(textOf(events)).toBe('Grüße');
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'transient' } });
    });

    it('reports a stream that is closed in order before its finish reason as broken', async () => {
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('東京'))) }));
      expect((await ask()).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'transient', message: expect.stringContaining('stream broke') as string },
      });
    });

    it('delivers a whole answer although the connection breaks after its finish reason', async () => {
      const body = stream().body as string;
      const end = body.indexOf('\n\n', body.indexOf(finishReason));
      server.reply(stream({ cutAfter: Buffer.byteLength(`${body.slice(0, end)}\n\n`) }));
      const events = await ask();
      expect([textOf(events), events.at(-1)?.type]).toEqual([TEXT, 'end']);
    });

    it('reports an answer without content as empty, and emits no chunk of it', async () => {
      server.reply(fixtures.empty);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'empty' } }]);
    });

    it('reports how long to wait after a rate limit', async () => {
      server.reply({ ...fixtures.rate, status: 429, headers: { ...fixtures.rate.headers, 'retry-after': '20' } });
      expect(await ask()).toMatchObject([
        { type: 'failure', failure: { kind: 'rate', status: 429, retryAfterMs: 20_000 } },
      ]);
    });

    it('reports a refused request as the client’s failure', async () => {
      server.reply(fixtures.refusal);
      expect(await ask()).toMatchObject([
        { type: 'failure', failure: { kind: 'client', status: fixtures.refusal.status } },
      ]);
    });

    it('reports a server error as transient, without addresses and markup', async () => {
      server.reply({ status: 500, body: '<html><h1>500 at http://10.1.2.3:8080/x</h1></html>' });
      const [event] = await ask();
      expect(event).toMatchObject({ type: 'failure', failure: { kind: 'transient', status: 500 } });
      expect(JSON.stringify(event)).not.toMatch(/10\.1\.2\.3|html>/);
    });

    it('never contains its key in a message', async () => {
      const leak = `key ${SECRET} is wrong, see https://secret.internal/x?key=${SECRET}`;
      server.reply({
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ error: { message: leak } }),
      });
      expect(JSON.stringify(await ask())).not.toContain(SECRET);
    });

    it('reports a refused connection as transient', async () => {
      const gone = await startReplayServer();
      await gone.close();
      expect(await collect(chat.streamChat(BODIES.plain, contextFor(gone.url, provider)))).toMatchObject([
        { type: 'failure', failure: { kind: 'transient', status: null } },
      ]);
    });

    it('times out if the answer does not begin', async () => {
      server.reply({ hang: true });
      expect(await ask({ limits: { ...LIMITS, firstByteMs: 50 } })).toMatchObject([
        { type: 'failure', failure: { kind: 'timeout' } },
      ]);
    });

    it('times out if the answer stops in the middle', async () => {
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      expect((await ask({ limits: { ...LIMITS, idleMs: 50 } })).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'timeout' },
      });
    });

    it('closes the connection when the signal is aborted', async () => {
      const controller = new AbortController();
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      const events: ChatEvent[] = [];
      for await (const event of chat.streamChat(
        BODIES.plain,
        contextFor(server.url, provider, { signal: controller.signal }),
      )) {
        events.push(event);
        controller.abort();
      }
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'cancelled' } });
      await server.requests[0]?.closed;
    });

    it('closes the connection when the caller stops reading', async () => {
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      for await (const _ of chat.streamChat(BODIES.plain, contextFor(server.url, provider))) break;
      await server.requests[0]?.closed;
    });

    it('does not call the provider if the signal is already aborted', async () => {
      server.reply(stream());
      expect(await ask({ signal: AbortSignal.abort() })).toMatchObject([
        { type: 'failure', failure: { kind: 'cancelled' } },
      ]);
      expect(server.requests).toEqual([]);
    });
  });
}
