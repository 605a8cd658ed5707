import axios, {
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  type RawAxiosRequestHeaders,
} from 'axios';
import type { IncomingMessage } from 'node:http';
import type { CallContext, Outcome, ProviderEndpoint, ProviderFailure } from '../spec/index.js';
import { failed, failureOfAnswer, type ReadRefusal, type RefusedAnswer } from './failures.js';
import { codeOf, failureOfBrokenCall, isStaleSocket, type Unrepeatable } from './network-failure.js';
import { onOwnOrigin } from './own-origin.js';
import { parseJson, readText } from './read-body.js';
import type { Headers } from './retry-after.js';
import { CallClock, type TimeLimits } from './time-limits.js';
import { freshAgents, pooledAgents, WatchedTransport } from './transport.js';

/** How a provider wants to be spoken to: all that differs between them on the level of HTTP. */
export interface Dialect {
  /** Headers that carry the key. */
  authorize(apiKey: string): Record<string, string>;
  readRefusal: ReadRefusal;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Behind the base URL, with a leading slash; or an address the provider returned, on its own origin. */
  target: string;
  /** An object or a list is sent as JSON, a form as multipart, search parameters as a form of the old kind. */
  body?: Record<string, unknown> | readonly unknown[] | FormData | URLSearchParams;
  /** Beside those that every call of the endpoint carries. */
  headers?: Record<string, string>;
  limits: TimeLimits;
  /** Whether paid work is started by this call. */
  unrepeatable?: Unrepeatable;
  /** Of a JSON answer; 16 MiB unless told. */
  maxBytes?: number;
  /** Hands over answers of every status, for protocols whose refusals are answers too; see `failureOf`. */
  anyStatus?: boolean;
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** An answer whose body is still to be read. Whoever has it must close its clock; see `event-stream.ts`. */
export interface OpenAnswer {
  status: number;
  headers: Headers;
  body: IncomingMessage;
  clock: CallClock;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 256 * 1024;
/** How long the words of a refusal are waited for: its status has said already that somebody else must be asked. */
const REFUSAL_MS = 2_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

// Straight to axios' Node adapter: merging configurations, interceptors and transforms, none of which is used here, are a
// quarter of the cost of a call.
const send = axios.getAdapter('http');

/**
 * The one way to a provider. What is the same for all calls of an endpoint is prepared once; what is left for a call is
 * to send. Every expected failure is a value; the key goes to the endpoint's own origin only.
 */
export class ProviderHttp {
  readonly #settings;
  readonly #headers: RawAxiosRequestHeaders;
  readonly #jsonHeaders: RawAxiosRequestHeaders;

  constructor(
    private readonly endpoint: ProviderEndpoint,
    private readonly dialect: Dialect,
  ) {
    this.#settings = {
      ...pooledAgents,
      // The sandbox is never behind a proxy; a real provider may be, by the usual variables.
      ...(endpoint.sandbox ? { proxy: false as const } : {}),
      responseType: 'stream' as const,
      maxRedirects: 0,
      // Statuses are judged, and bodies read and written, here.
      validateStatus: null,
    };
    this.#headers = {
      ...dialect.authorize(endpoint.apiKey),
      'User-Agent': 'lumenfall',
      // Compression would hold back the pieces of a stream, and costs more here than it saves.
      'Accept-Encoding': 'identity',
    };
    this.#jsonHeaders = { ...this.#headers, 'Content-Type': 'application/json' };
  }

  /** Sends, and reads the whole answer as JSON. A 2xx that is no JSON is the failure `transient`. */
  async json(call: Call, signal: AbortSignal): Promise<Outcome<JsonAnswer>> {
    const opened = await this.open(call, signal);
    if (!opened.ok) return opened;
    const { status, headers, body, clock } = opened.value;
    try {
      const text = await readText(body, clock, call.maxBytes ?? MAX_ANSWER_BYTES);
      const unread = call.unrepeatable ? 'ambiguous' : 'transient';
      if (text === null) return failed(unread, 'The provider sent more than can be taken', { status });
      const parsed = text === '' ? null : parseJson(text);
      if (parsed === undefined) return failed(unread, 'The provider sent something that is not JSON', { status });
      return { ok: true, value: { status, headers, body: parsed } };
    } catch (error) {
      return {
        ok: false,
        failure: failureOfBrokenCall({ ...broken(call, clock, codeOf(error), true), answered: true }),
      };
    } finally {
      clock.close();
    }
  }

  /** Sends, and returns as soon as a 2xx answer begins; other statuses are read and returned as failures. */
  async open(call: Call, signal: AbortSignal): Promise<Outcome<OpenAnswer>> {
    const url = call.target.startsWith('/') ? this.endpoint.baseUrl + call.target : call.target;
    if (!onOwnOrigin(url, this.endpoint)) {
      return failed('transient', 'The provider returned an address outside its own origin');
    }
    // The client below would still send, and only not wait for the answer.
    if (signal.aborted) return failed('cancelled', null);
    const payload = payloadOf(call.body);
    for (let repeated = false; ; repeated = true) {
      const clock = new CallClock(call.limits, signal);
      const transport = new WatchedTransport(() => clock.connected());
      try {
        const answer = await this.#send(call, url, payload, transport, clock);
        clock.answered();
        const good = answer.status >= 200 && answer.status < 300;
        if (good || call.anyStatus) return { ok: true, value: openAnswer(answer, clock) };
        return await this.#refusal(answer, clock);
      } catch (error) {
        clock.close();
        const code = codeOf(error);
        const stale = clock.stopped === null && isStaleSocket(code, transport.reused);
        if (stale && !repeated && !call.unrepeatable) continue;
        return { ok: false, failure: failureOfBrokenCall(broken(call, clock, code, transport.sent)) };
      }
    }
  }

  #send(
    call: Call,
    url: string,
    data: string | FormData | undefined,
    transport: WatchedTransport,
    clock: CallClock,
  ): Promise<AxiosResponse<IncomingMessage>> {
    const config: AxiosRequestConfig = {
      ...this.#settings,
      ...(call.unrepeatable ? freshAgents : {}),
      method: call.method,
      url,
      data,
      transport,
      signal: clock.signal,
      // The adapter makes its own copy, and writes a form's content type with its boundary.
      headers: this.#headersOf(call, data),
    };
    return send(config as InternalAxiosRequestConfig);
  }

  #headersOf({ body, headers }: Call, data: string | FormData | undefined): RawAxiosRequestHeaders {
    const own = typeof data === 'string' && !(body instanceof URLSearchParams) ? this.#jsonHeaders : this.#headers;
    if (body instanceof URLSearchParams) return { ...own, ...headers, 'Content-Type': FORM_TYPE };
    return headers === undefined ? own : { ...own, ...headers };
  }

  async #refusal(answer: AxiosResponse<IncomingMessage>, clock: CallClock): Promise<Outcome<never>> {
    const { status, headers, body } = openAnswer(answer, clock);
    // The status alone decides where the body breaks off, dawdles, or is too long to be an error.
    const tooSlow = setTimeout(() => body.destroy(), REFUSAL_MS);
    const text = (await readText(body, clock, MAX_REFUSAL_BYTES).catch(() => null)) ?? '';
    clearTimeout(tooSlow);
    clock.close();
    return { ok: false, failure: this.failureOf({ status, headers, body: parseJson(text) ?? text }) };
  }

  /** An answer that is a refusal, in our terms. */
  failureOf(answer: RefusedAnswer): ProviderFailure {
    return failureOfAnswer(answer, this.dialect.readRefusal, secretsOf(this.endpoint));
  }
}

function payloadOf(body: Call['body']): string | FormData | undefined {
  if (body === undefined || body instanceof FormData) return body;
  return body instanceof URLSearchParams ? body.toString() : JSON.stringify(body);
}

function openAnswer(answer: AxiosResponse<IncomingMessage>, clock: CallClock): OpenAnswer {
  return { status: answer.status, headers: answer.headers as Headers, body: answer.data, clock };
}

function broken(call: Call, clock: CallClock, code: string | null, sent: boolean) {
  return { stopped: clock.stopped, code, sent, unrepeatable: call.unrepeatable ?? false };
}

/** Texts that no message may hold. The sandbox's key is a word, not a secret. */
export const secretsOf = (endpoint: ProviderEndpoint): string[] => (endpoint.sandbox ? [] : [endpoint.apiKey]);

/** Remembers the prepared instance of each endpoint; endpoints are made once, at start. */
export function httpOf(dialect: Dialect): (context: Pick<CallContext, 'endpoint'>) => ProviderHttp {
  const prepared = new WeakMap<ProviderEndpoint, ProviderHttp>();
  return ({ endpoint }) => {
    let http = prepared.get(endpoint);
    if (http === undefined) prepared.set(endpoint, (http = new ProviderHttp(endpoint, dialect)));
    return http;
  };
}
