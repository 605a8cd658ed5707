import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises';

/** The server's answer to one request. */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Writes the body in pieces of this many bytes, each in its own packet. */
  pieceBytes?: number;
  /** Closes the connection after this many bytes of the body; 0 closes it before any answer. */
  cutAfter?: number;
  /** Sends the body, and does not end the answer. */
  hang?: boolean;
}

export interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** The client's port: two requests with the same one came over one connection. */
  port: number | undefined;
  /** Resolves when the client's side of the connection is gone. */
  closed: Promise<void>;
}

export interface ReplayServer {
  url: string;
  requests: ReceivedRequest[];
  /** The next answers, in order; the last one is repeated. Forgets the requests that were received. */
  reply(...replies: (Reply | ((request: ReceivedRequest) => Reply))[]): void;
  /** Resolves when this many requests have been received since the answers were set. */
  received(count: number): Promise<void>;
  close(): Promise<void>;
}

/** A server that plays a provider with given answers, over real sockets. */
export async function startReplayServer(): Promise<ReplayServer> {
  const requests: ReceivedRequest[] = [];
  const events = new EventEmitter();
  let replies: (Reply | ((request: ReceivedRequest) => Reply))[] = [];
  const server = createServer((request, response) => void serve(request, response));

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const closed = once(response, 'close').then(() => undefined);
    let body = '';
    for await (const piece of request.setEncoding('latin1')) body += piece as string;
    const one = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body,
      port: request.socket.remotePort,
      closed,
    };
    requests.push(one);
    events.emit('request');
    const next = replies.length > 1 ? replies.shift() : replies[0];
    await answer(response, (typeof next === 'function' ? next(one) : next) ?? { status: 599 });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    reply: (...next) => {
      replies = next;
      requests.length = 0;
    },
    received: async (count) => {
      while (requests.length < count) await once(events, 'request');
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
    // The process must have sent what was written.
    await sleep(20);
    response.socket?.destroy();
  } else if (!reply.hang) response.end();
}

/** A recorded answer: `fixture('openai', 'chat-stream.sse')`. */
export function fixture(provider: string, name: string): string {
  return readFileSync(new URL(`../${provider}/fixtures/${name}`, import.meta.url), 'utf8');
}

export const fixtureJson = (provider: string, name: string): unknown => JSON.parse(fixture(provider, name)) as unknown;

/** A recorded answer as a reply, with the content type of its extension. */
export function recorded(provider: string, name: string, more: Reply = {}): Reply {
  const type = name.endsWith('.sse') ? 'text/event-stream; charset=utf-8' : 'application/json';
  return { body: fixture(provider, name), ...more, headers: { 'content-type': type, ...more.headers } };
}
