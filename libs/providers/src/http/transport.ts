import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';

// One pool per process. The workers bound the number of concurrent calls, and so of sockets. The socket that was used
// last is used first, so that surplus sockets become idle and are closed.
const POOL = {
  keepAlive: true,
  maxSockets: Infinity,
  maxFreeSockets: 512,
  scheduling: 'lifo',
  // axios sets this delay for every call; a different one here would cost two more system calls per call.
  keepAliveMsecs: 60_000,
} as const;
export const pooledAgents = { httpAgent: new http.Agent(POOL), httpsAgent: new https.Agent(POOL) };

// A new socket for each call: the provider cannot have closed it while it was idle. For calls that must not be repeated
// when their outcome is unknown.
export const freshAgents = {
  httpAgent: new http.Agent({ keepAlive: false }),
  httpsAgent: new https.Agent({ keepAlive: false }),
};

/**
 * The `transport` of axios: Node's client, which also records how far the request got, because the failure depends on
 * it.
 */
export class WatchedTransport {
  /** The connection was established, so the provider may have the request or a part of it. */
  sent = false;
  /** The request was sent on a socket that had been idle. */
  reused = false;

  constructor(private readonly onConnected: () => void) {}

  readonly request = (
    options: http.RequestOptions,
    onAnswer: (answer: http.IncomingMessage) => void,
  ): http.ClientRequest => {
    const secure = options.protocol === 'https:';
    const request = (secure ? https : http).request(options, onAnswer);
    request.once('socket', (socket: TLSSocket) => {
      this.reused = request.reusedSocket;
      // `secureConnecting` is Node's undocumented mark of a TLS handshake in progress.
      const busy = socket.connecting || (socket as { secureConnecting?: boolean }).secureConnecting === true;
      if (this.reused || !busy) this.#connected();
      else socket.once(secure ? 'secureConnect' : 'connect', this.#connected);
    });
    return request;
  };

  readonly #connected = (): void => {
    this.sent = true;
    this.onConnected();
  };
}
