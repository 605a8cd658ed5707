import http from 'node:http';
import https from 'node:https';
import type { TLSSocket } from 'node:tls';

// One pool per process. Sockets are as many as there are calls in hand (concurrency is bounded by the workers); the one
// used last is used first, so that surplus ones grow idle and are closed.
const POOL = {
  keepAlive: true,
  maxSockets: Infinity,
  maxFreeSockets: 512,
  scheduling: 'lifo',
  // axios sets the same delay for every call: with another one here each call would cost two system calls more.
  keepAliveMsecs: 60_000,
} as const;
export const pooledAgents = { httpAgent: new http.Agent(POOL), httpsAgent: new https.Agent(POOL) };

// A socket of its own: the provider cannot have closed it, idle, at the moment we send. For calls that must not be
// repeated when their fate is unknown.
export const freshAgents = {
  httpAgent: new http.Agent({ keepAlive: false }),
  httpsAgent: new https.Agent({ keepAlive: false }),
};

/**
 * Given to axios as `transport`: Node's own client, and a watch on how far the request got, because what a failure
 * means depends on it.
 */
export class WatchedTransport {
  /** The connection stood, so the request, or a part of it, may have reached the provider. */
  sent = false;
  /** On a socket that had been idle before. */
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
      // `secureConnecting` is Node's (undocumented) mark of a handshake under way.
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
