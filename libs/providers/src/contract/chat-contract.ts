import { chatChunkSchema, chatUsageSchema, type ChatBody, type ProviderSlug } from '@lumenfall/contracts';
import type { CallContext, ChatEvent, ChatProvider, TimeLimits } from '../spec/index.js';
import { asReal, contextFor, SECRET } from './call-context.js';
import { recorded, startReplayServer, type Reply, type ReplayServer } from './replay-server.js';

export interface ChatContract {
  provider: ProviderSlug;
  chat: ChatProvider;
  /** Recorded answers of this provider; `stream` says "Grüße aus 東京 🗼!" with 19 + 10 tokens. */
  fixtures: { stream: string; rate: Reply; refusal: Reply };
}

const TEXT = 'Grüße aus 東京 🗼!';
const LIMITS: TimeLimits = { connectMs: 2_000, firstByteMs: 2_000, idleMs: 2_000, wholeMs: 4_000 };
const BODY: ChatBody = { model: 'public-name', messages: [{ role: 'user', content: 'Hi' }], top_k: 7 };

/** What every chat adapter does, whatever its provider's protocol: proved over real sockets. */
export function chatContract({ provider, chat, fixtures }: ChatContract): void {
  describe(`${provider}, a chat provider`, () => {
    let server: ReplayServer;
    const stream = (more: Reply = {}): Reply => recorded(provider, fixtures.stream, more);

    beforeAll(async () => (server = await startReplayServer()));
    afterAll(() => server.close());

    const ask = (more: Partial<CallContext> = {}): Promise<ChatEvent[]> =>
      collect(chat.streamChat(BODY, asReal(contextFor(server.url, provider, { limits: LIMITS, ...more }))));

    it('sends the body with its own model id, always streamed, all else unchanged', async () => {
      server.says(stream());
      await ask();
      const [request] = server.heard;
      expect(request).toMatchObject({ method: 'POST', path: `/${provider}/chat/completions` });
      expect(request?.headers['authorization']).toBe(`Bearer ${SECRET}`);
      expect(JSON.parse(request?.body ?? '')).toEqual({
        ...BODY,
        model: 'the-model',
        stream: true,
        stream_options: { include_usage: true },
      });
    });

    it.each([undefined, 3, 7, 64])('reads the whole answer when it comes in pieces of %p bytes', async (pieceBytes) => {
      server.says(stream({ pieceBytes }));
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

    it('uses a connection again after a whole answer', async () => {
      const ports = new Set<unknown>();
      server.says((request) => (ports.add(request.headers['connection']), stream()));
      for (let i = 0; i < 3; i += 1) expect((await ask()).at(-1)?.type).toBe('end');
      expect([...ports]).toEqual(['keep-alive']);
    });

    it('says that a stream broke when it is cut after the first words', async () => {
      const body = stream().body as string;
      server.says(stream({ cutAfter: Buffer.byteLength(body.slice(0, body.indexOf(' aus'))) }));
      const events = await ask();
      expect(textOf(events)).toBe('Grüße');
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'transient' } });
    });

    it('says that a stream broke when it ends politely, but too early', async () => {
      const body = stream().body as string;
      server.says(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('東京'))) }));
      expect((await ask()).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'transient', message: expect.stringContaining('stream broke') as string },
      });
    });

    it('takes a finish reason for a clean end, though the connection breaks after it', async () => {
      const body = stream().body as string;
      const cutAfter = Buffer.byteLength(body.slice(0, body.indexOf('data: {', body.indexOf('"stop"'))));
      server.says(stream({ cutAfter }));
      expect((await ask()).at(-1)).toEqual({ type: 'end', usage: null });
    });

    it('keeps quiet about an answer that holds nothing, so that another provider can give one', async () => {
      server.says({
        ...stream(),
        body: 'data: {"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'empty' } }]);
    });

    it('passes on how long to wait when it is limited', async () => {
      server.says({ ...fixtures.rate, status: 429, headers: { ...fixtures.rate.headers, 'retry-after': '20' } });
      expect(await ask()).toMatchObject([
        { type: 'failure', failure: { kind: 'rate', status: 429, retryAfterMs: 20_000 } },
      ]);
    });

    it('calls a refusal of the request the client’s own', async () => {
      server.says({ ...fixtures.refusal, status: 400 });
      expect(await ask()).toMatchObject([{ type: 'failure', failure: { kind: 'client', status: 400 } }]);
    });

    it('calls a server error transient, whatever its body', async () => {
      server.says({ status: 500, body: '<html><h1>500 at http://10.1.2.3:8080/x</h1></html>' });
      const [event] = await ask();
      expect(event).toMatchObject({ type: 'failure', failure: { kind: 'transient', status: 500 } });
      expect(JSON.stringify(event)).not.toMatch(/10\.1\.2\.3|html>/);
    });

    it('never shows its key', async () => {
      const leak = `key ${SECRET} is wrong, see https://secret.internal/x?key=${SECRET}`;
      server.says({
        status: 400,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ error: { message: leak } }),
      });
      expect(JSON.stringify(await ask())).not.toContain(SECRET);
    });

    it('calls it transient when nobody listens', async () => {
      const gone = await startReplayServer();
      await gone.close();
      expect(await collect(chat.streamChat(BODY, contextFor(gone.url, provider)))).toMatchObject([
        { type: 'failure', failure: { kind: 'transient', status: null } },
      ]);
    });

    it('gives up when no answer begins in time', async () => {
      server.says({ hang: true });
      expect(await ask({ limits: { ...LIMITS, firstByteMs: 50 } })).toMatchObject([
        { type: 'failure', failure: { kind: 'timeout' } },
      ]);
    });

    it('gives up when an answer stops in the middle', async () => {
      const body = stream().body as string;
      server.says(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      expect((await ask({ limits: { ...LIMITS, idleMs: 50 } })).at(-1)).toMatchObject({
        type: 'failure',
        failure: { kind: 'timeout' },
      });
    });

    it('closes the connection when the caller’s signal ends it', async () => {
      const controller = new AbortController();
      const body = stream().body as string;
      server.says(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      const events: ChatEvent[] = [];
      for await (const event of chat.streamChat(
        BODY,
        contextFor(server.url, provider, { signal: controller.signal }),
      )) {
        events.push(event);
        controller.abort();
      }
      expect(events.at(-1)).toMatchObject({ type: 'failure', failure: { kind: 'cancelled' } });
      await server.heard[0]?.left;
    });

    it('closes the connection when the caller stops reading', async () => {
      const body = stream().body as string;
      server.says(stream({ body: body.slice(0, body.indexOf('data: {', body.indexOf('Grü'))), hang: true }));
      for await (const _ of chat.streamChat(BODY, contextFor(server.url, provider))) break;
      await server.heard[0]?.left;
    });

    it('does not call at all when the signal has ended before', async () => {
      server.says(stream());
      expect(await ask({ signal: AbortSignal.abort() })).toMatchObject([
        { type: 'failure', failure: { kind: 'cancelled' } },
      ]);
      expect(server.heard).toEqual([]);
    });
  });
}

export async function collect(events: AsyncIterable<ChatEvent>): Promise<ChatEvent[]> {
  const all: ChatEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function textOf(events: readonly ChatEvent[]): string {
  return events
    .flatMap((event) => (event.type === 'chunk' ? event.chunk.choices.map(({ delta }) => delta.content ?? '') : []))
    .join('');
}
