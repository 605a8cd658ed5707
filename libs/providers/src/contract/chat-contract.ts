import { chatChunkSchema, chatUsageSchema, type ChatBody, type ProviderSlug } from '@lumenfall/contracts';
import type { CallContext, ChatEvent, ChatProvider, TimeLimits } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { BODIES } from './chat-bodies.js';
import { callsOf, collect, deltasOf, reasonOf, textOf } from './heard-chat.js';
import { startReplayServer, type Reply, type ReplayServer } from './replay-server.js';

export interface ChatContract {
  provider: ProviderSlug;
  chat: ChatProvider;
  /** The provider's own model id; how it is told to think may depend on it. */
  model: string;
  /** Behind the base URL, and the header that carries the key. */
  way: { path: string; key: Record<string, string> };
  /** The bodies that `BODIES` have to become, as far as they matter. */
  wire: Record<keyof typeof BODIES, Record<string, unknown>>;
  /** The reason of an ordinary end as it stands on the wire, where it alone makes an answer whole; null where a mark must follow. */
  lastWord: string | null;
  /** OpenAI keeps its models' thoughts to itself. */
  showsThoughts: boolean;
  /** Recorded answers of this provider. */
  fixtures: {
    /** Says "Grüße aus 東京 🗼!" with 19 + 10 tokens. */
    stream: Reply;
    /** The same, in one piece. */
    whole: Reply;
    /** Says nothing. */
    empty: Reply;
    /** Calls `get_weather` for Paris, and with it `get_time`, which takes nothing. */
    tools: Reply;
    /** Thinks, then says what 27 * 453 is; 100 of 119 tokens of its prompt came from the cache, 42 tokens were thoughts. */
    reasoning: Reply;
    /** Is cut short by the limit after "Once". */
    length: Reply;
    /** Does not answer for what was asked. */
    moderated: Reply;
    rate: Reply;
    refusal: Reply;
    refusedKey: Reply;
    overloaded: Reply;
  };
}

const TEXT = 'Grüße aus 東京 🗼!';
const LIMITS: TimeLimits = { connectMs: 30_000, firstByteMs: 30_000, idleMs: 30_000, wholeMs: 60_000 };

/** What every chat adapter does, whatever its provider's protocol: proved over real sockets. */
export function chatContract({
  provider,
  chat,
  model,
  way,
  wire,
  lastWord,
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

    it.each(Object.keys(BODIES) as (keyof typeof BODIES)[])('asks for %s in its own way', async (name) => {
      server.reply(stream());
      expect((await ask({}, BODIES[name])).at(-1)?.type).toBe('end');
      const [request] = server.requests;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}${way.path}`, headers: way.key });
      const body = JSON.parse(Buffer.from(request?.body ?? '', 'latin1').toString()) as unknown;
      expect(body).toMatchObject(wire[name]);
      expect(JSON.stringify(body)).not.toContain('public-name');
    });

    it('sends its key nowhere but to its own origin', async () => {
      const elsewhere = await startReplayServer();
      elsewhere.reply(stream());
      server.reply({ status: 307, headers: { location: `${elsewhere.url}/x` } });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient', status: 307 } }]);
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.close();
    });

    it.each([undefined, 3, 7, 64])('reads the whole answer when it comes in pieces of %p bytes', async (pieceBytes) => {
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

    it('says who speaks, first', async () => {
      server.reply(stream());
      const [first] = await ask();
      expect(first).toMatchObject({ type: 'chunk', chunk: { choices: [{ index: 0, delta: { role: 'assistant' } }] } });
    });

    it('takes an answer in one piece for the stream it would have been', async () => {
      server.reply(fixtures.whole);
      const events = await ask();
      expect(textOf(events)).toBe(TEXT);
      expect(reasonOf(events)).toBe('stop');
      expect(events.at(-1)).toMatchObject({ type: 'end', usage: { prompt_tokens: 19, completion_tokens: 10 } });
    });

    it('streams the calls of tools, side by side, with their arguments', async () => {
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

    it('tells thoughts apart from words, and counts them and what the cache gave', async () => {
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

    it('says that the limit ended an answer', async () => {
      server.reply(fixtures.length);
      const events = await ask();
      expect([textOf(events), reasonOf(events), events.at(-1)?.type]).toEqual(['Once', 'length', 'end']);
    });

    it('calls a verdict on the content one', async () => {
      server.reply(fixtures.moderated);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'moderation' } }]);
    });

    it('calls a refusal of its key one of our account, and does not repeat it', async () => {
      server.reply(fixtures.refusedKey);
      const events = await ask();
      expect(events).toMatchObject([{ type: 'failure', failure: { kind: 'auth' } }]);
      expect(events).toMatchObject([{ failure: { message: 'The provider refused our account' } }]);
    });

    it('calls it transient when the provider is overloaded', async () => {
      server.reply(fixtures.overloaded);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'transient' } }]);
    });

    it('uses a connection again after a whole answer', async () => {
      server.reply(stream());
      for (let i = 0; i < 3; i += 1) {
        expect((await ask()).at(-1)?.type).toBe('end');
        // The end of the body is read a moment after the end of the answer: in the turns of the loop that follow it.
        await new Promise((resolve) => setTimeout(resolve, 20));
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(new Set(server.requests.map(({ port }) => port)).size).toBe(1);
    });

    it('says that a stream broke when it is cut after the first words', async () => {
      const body = stream().body as string;
      server.reply(stream({ cutAfter: Buffer.byteLength(body.slice(0, body.indexOf(' aus'))) }));
      const events = await ask();
      expect(textOf(events)).toBe('Grüße');
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'transient' } });
    });

    it('says that a stream broke when it ends politely, but too early', async () => {
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('東京'))) }));
      expect((await ask()).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'transient', message: expect.stringContaining('stream broke') as string },
      });
    });

    it('knows when an answer is whole, though the connection breaks at its end', async () => {
      const body = stream().body as string;
      const reason = lastWord ?? '"stop_reason":"end_turn"';
      const cutAfter = Buffer.byteLength(`${body.slice(0, body.indexOf('\n\n', body.indexOf(reason)))}\n\n`);
      server.reply(stream({ cutAfter }));
      const end = (await ask()).at(-1);
      if (lastWord === null) expect(end).toMatchObject({ type: 'failure', failure: { kind: 'transient' } });
      else expect(end?.type).toBe('end');
    });

    it('keeps quiet about an answer that holds nothing, so that another provider can give one', async () => {
      server.reply(fixtures.empty);
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'empty' } }]);
    });

    it('passes on how long to wait when it is limited', async () => {
      server.reply({ ...fixtures.rate, status: 429, headers: { ...fixtures.rate.headers, 'retry-after': '20' } });
      expect(await ask()).toMatchObject([
        { type: 'failure', failure: { kind: 'rate', status: 429, retryAfterMs: 20_000 } },
      ]);
    });

    it('calls a refusal of the request the client’s own', async () => {
      server.reply(fixtures.refusal);
      expect(await ask()).toMatchObject([
        { type: 'failure', failure: { kind: 'client', status: fixtures.refusal.status } },
      ]);
    });

    it('calls a server error transient, whatever its body', async () => {
      server.reply({ status: 500, body: '<html><h1>500 at http://10.1.2.3:8080/x</h1></html>' });
      const [event] = await ask();
      expect(event).toMatchObject({ type: 'failure', failure: { kind: 'transient', status: 500 } });
      expect(JSON.stringify(event)).not.toMatch(/10\.1\.2\.3|html>/);
    });

    it('never shows its key', async () => {
      const leak = `key ${SECRET} is wrong, see https://secret.internal/x?key=${SECRET}`;
      server.reply({
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ error: { message: leak } }),
      });
      expect(JSON.stringify(await ask())).not.toContain(SECRET);
    });

    it('calls it transient when nobody listens', async () => {
      const gone = await startReplayServer();
      await gone.close();
      expect(await collect(chat.streamChat(BODIES.plain, contextFor(gone.url, provider)))).toMatchObject([
        { type: 'failure', failure: { kind: 'transient', status: null } },
      ]);
    });

    it('gives up when no answer begins in time', async () => {
      server.reply({ hang: true });
      expect(await ask({ limits: { ...LIMITS, firstByteMs: 50 } })).toMatchObject([
        { type: 'failure', failure: { kind: 'timeout' } },
      ]);
    });

    it('gives up when an answer stops in the middle', async () => {
      const body = stream().body as string;
      server.reply(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      expect((await ask({ limits: { ...LIMITS, idleMs: 50 } })).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'timeout' },
      });
    });

    it('closes the connection when the caller’s signal ends it', async () => {
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

    it('does not call at all when the signal has ended before', async () => {
      server.reply(stream());
      expect(await ask({ signal: AbortSignal.abort() })).toMatchObject([
        { type: 'failure', failure: { kind: 'cancelled' } },
      ]);
      expect(server.requests).toEqual([]);
    });
  });
}
