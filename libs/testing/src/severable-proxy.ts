import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface SeverableProxy {
  /** The target's URL with this proxy's host and port in it. */
  url: string;
  /** Closes every connection and refuses new ones. */
  sever(): Promise<void>;
  /** Takes connections again, on the same port. */
  restore(): Promise<void>;
  /** Keeps every connection, but lets nothing through any more: a server that hangs. */
  freeze(): void;
  close(): Promise<void>;
}

/**
 * A TCP proxy in front of a Redis or PostgreSQL, so that a test can take that away without stopping what other tests
 * use.
 */
export async function severableProxy(targetUrl: string): Promise<SeverableProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  let frozen = false;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes) => frozen || to.write(bytes));
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    }
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => resolve());
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const sever = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return {
    url: url.href,
    sever,
    restore: () => listen(port),
    freeze: () => void (frozen = true),
    close: async () => (server.listening ? sever() : undefined),
  };
}
