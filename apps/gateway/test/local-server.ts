import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** A server of the tests' own on a free port. */
export class LocalServer {
  readonly #server;

  constructor(serve: RequestListener) {
    this.#server = createServer(serve);
  }

  /**
   * @param port by default a free one
   * @returns its base URL
   */
  async start(port = 0): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
