import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';

/** What the server says to one request. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Writes the body in pieces of this many bytes, each in a packet of its own. */
  pieceBytes?: number;
  /** Cuts the connection after this many bytes of the body; 0 cuts before any answer. */
  cutAfter?: number;
  /** Sends what there is, then nothing, without an end. */
  hang?: boolean;
}

export interface Heard {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The client's port: two requests with the same one came over one connection. */
  port: number | undefined;
  /** Resolves when the client's side of the connection is gone. */
  left: Promise<void>;
}

export interface ReplayServer {
  url: string;
  heard: Heard[];
  /** What is said next, in order; the last one is repeated. */
  says(...replies: (Reply | ((request: Heard) => Reply))[]): void;
  /** Resolves when so many requests have been heard to their end since it was told what to say. */
  hears(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A provider that says what it is told, over real sockets. */
export async function startReplayServer(): Promise<ReplayServer> {
  const heard: Heard[] = [];
  const news = new EventEmitter();
  let replies: (Reply | ((request: Heard) => Reply))[] = [];
  const server = createServer((request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const left = once(response, 'close').then(() => undefined);
    let body = '';
    for await (const piece of request.setEncoding('latin1')) body += piece as string;
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      port: request.socket.remotePort,
      left,
    };
    heard.push(one);
    news.emit('heard');
    const next = replies.length > 1 ? replies.shift() : replies[0];
    await answer(response, (typeof next === 'function' ? next(one) : next) ?? { status: 599 });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    says: (...next) => {
      replies = next;
      heard.length = 0;
    },
    hears: async (count) => {
      while (heard.length < count) await once(news, 'heard');
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(response: ServerResponse, reply: Reply): Promise<void> {
  const bytes = Buffer.from(reply.body ?? '');
  const end = reply.cutAfter ?? bytes.length;
  if (reply.cutAfter === 0) {
    response.socket?.destroy();
    return;
  }
  if (reply.hang && bytes.length === 0) return;
  response.writeHead(reply.status ?? 200, reply.headers ?? {});
  response.flushHeaders();
  const step = reply.pieceBytes ?? Math.max(1, bytes.length);
  for (let at = 0; at < end; at += step) {
    response.write(bytes.subarray(at, Math.min(at + step, end)));
    if (reply.pieceBytes !== undefined) await pause();
  }
  if (reply.cutAfter !== undefined) {
    // What was written has to leave the process first.
    await sleep(20);
    response.socket?.destroy();
  } else if (!reply.hang) response.end();
}

/** A recorded answer: `fixture('openai', 'chat-stream.sse')`. */
export function fixture(provider: string, name: string): string {
  return readFileSync(new URL(`../${provider}/fixtures/${name}`, import.meta.url), 'utf8');
}

export const fixtureJson = (provider: string, name: string): unknown => JSON.parse(fixture(provider, name)) as unknown;

/** A recorded answer as a reply, with the content type that its name tells. */
export function recorded(provider: string, name: string, more: Reply = {}): Reply {
  const type = name.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
  return { body: fixture(provider, name), ...more, headers: { 'content-type': type, ...more.headers } };
}
