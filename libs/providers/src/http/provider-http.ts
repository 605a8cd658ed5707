import axios, {
  type AxiosRequestConfig,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
  type RawAxiosRequestHeaders,
} from 'axios';
import type { IncomingMessage } from 'node:http';
import type { CallContext, Outcome, ProviderEndpoint, ProviderFailure } from '../spec/index.js';
import { onOwnOrigin } from './addresses.js';
import { CallClock, type TimeLimits } from './call-clock.js';
import {
  codeOf,
  failed,
  failureInBody,
  failureOfAnswer,
  failureOfBrokenCall,
  isStaleSocket,
  type Headers,
  type ReadRefusal,
  type RefusedAnswer,
  type Unrepeatable,
} from './failures.js';
import { parseJson, readText } from './read-body.js';
import { freshAgents, pooledAgents, WatchedTransport } from './transport.js';

/** What differs between providers on the level of HTTP. */
export interface Dialect {
  /** The headers that carry the key. */
  authorize(apiKey: string): Record<string, string>;
  readRefusal: ReadRefusal;
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A path below the base URL, with a leading slash; or a URL that the provider returned, on its own origin. */
  target: string;
  /** An object or a list is sent as JSON, FormData as multipart, URLSearchParams as `x-www-form-urlencoded`. */
  body?: Record<string, unknown> | readonly unknown[] | FormData | URLSearchParams;
  /** Added to the headers that every call of the endpoint carries. */
  headers?: Record<string, string>;
  limits: TimeLimits;
  /** Whether paid work is started by this call. */
  unrepeatable?: Unrepeatable;
  /** The largest JSON answer that is read; 16 MiB by default. */
  maxBytes?: number;
  /** Returns answers of every status, for protocols in which a refusal is the result of a job; see `failureOf`. */
  anyStatus?: boolean;
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** An answer whose body has not been read. The reader must close the clock; see `event-stream.ts`. */
export interface OpenAnswer {
  status: number;
  headers: Headers;
  body: IncomingMessage;
  clock: CallClock;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_REFUSAL_BYTES = 256 * 1024;
/** How long we wait for the body of a refusal: its status alone is enough to call another provider. */
const REFUSAL_MS = 2_000;
const FORM_TYPE = 'application/x-www-form-urlencoded';

// The Node adapter of axios without an instance: merging configurations, interceptors and transforms, none of which is
// used here, add half of its CPU to a call; see docs/decisions/02-http.md.
const send = axios.getAdapter('http');

/**
 * Marks every call to a provider. The gateway refuses requests that carry it: a base URL that leads back to a gateway
 * would otherwise turn one request into many.
 */
export const HOP_HEADER = 'X-Lumenfall-Hop';

/**
 * The HTTP client of one endpoint; its settings and headers are prepared once. Every expected failure is a value. The
 * key goes to the endpoint's own origin only.
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
      // The sandbox is never behind a proxy; a real provider may be (HTTPS_PROXY).
      ...(endpoint.sandbox ? { proxy: false as const } : {}),
      responseType: 'stream' as const,
      maxRedirects: 0,
      // This class judges statuses, and reads and writes bodies.
      validateStatus: null,
    };
    this.#headers = {
      ...dialect.authorize(endpoint.apiKey),
      'User-Agent': 'lumenfall',
      [HOP_HEADER]: '1',
      // Compression delays the pieces of a stream, and costs more here than it saves.
      'Accept-Encoding': 'identity',
    };
    this.#jsonHeaders = { ...this.#headers, 'Content-Type': 'application/json' };
  }

  /**
   * Sends, and reads the whole answer as JSON, whatever its content type says. A 2xx that is not JSON is the failure
   * `transient`, or `ambiguous` for an unrepeatable call.
   */
  async json(call: Call, signal: AbortSignal): Promise<Outcome<JsonAnswer>> {
    const opened = await this.open(call, signal);
    if (!opened.ok) return opened;
    const { status, headers, body, clock } = opened.value;
    try {
      const text = await readText(body, clock, call.maxBytes ?? MAX_ANSWER_BYTES);
      const unread = call.unrepeatable ? 'ambiguous' : 'transient';
      if (text === null) return failed(unread, 'The answer of the provider is too large', { status });
      const parsed = text === '' ? null : parseJson(text);
      if (parsed === undefined) return failed(unread, 'The provider sent an answer that is not JSON', { status });
      return { ok: true, value: { status, headers, body: parsed } };
    } catch (error) {
      return {
        ok: false,
        error: failureOfBrokenCall({ ...broken(call, clock, codeOf(error), true), answered: true }),
      };
    } finally {
      clock.close();
    }
  }

  /** Sends, and returns when a 2xx answer begins; answers of other statuses are read and returned as failures. */
  async open(call: Call, signal: AbortSignal): Promise<Outcome<OpenAnswer>> {
    const url = call.target.startsWith('/') ? this.endpoint.baseUrl + call.target : call.target;
    if (!onOwnOrigin(url, this.endpoint)) {
      return failed('transient', 'The provider returned a URL outside its own origin');
    }
    // axios would send the request, and only not wait for the answer.
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
        const stale = clock.abortedBy === null && isStaleSocket(code, transport.reused);
        if (stale && !repeated && !call.unrepeatable) continue;
        return { ok: false, error: failureOfBrokenCall(broken(call, clock, code, transport.sent)) };
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
      // The adapter copies them, and adds the content type of a form with its boundary.
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
    // The status alone decides if the body breaks off, is slow, or is too long for an error.
    const tooSlow = setTimeout(() => body.destroy(), REFUSAL_MS);
    const text = (await readText(body, clock, MAX_REFUSAL_BYTES).catch(() => null)) ?? '';
    clearTimeout(tooSlow);
    clock.close();
    return { ok: false, error: this.failureOf({ status, headers, body: parseJson(text) ?? text }) };
  }

  /** A refusal that `anyStatus` returned, as a failure. */
  failureOf(answer: RefusedAnswer): ProviderFailure {
    return failureOfAnswer(answer, this.dialect.readRefusal, secretsOf(this.endpoint));
  }

  /** The failure that the body of a 2xx answer reports; see `failureInBody`. */
  failureIn(body: unknown, otherwise?: ProviderFailure['kind']): ProviderFailure {
    const secrets = secretsOf(this.endpoint);
    return failureInBody(
      body,
      this.dialect.readRefusal,
      otherwise === undefined ? { secrets } : { secrets, otherwise },
    );
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
  return { abortedBy: clock.abortedBy, code, sent, unrepeatable: call.unrepeatable ?? false };
}

/** Texts that no message may contain. The sandbox's key is an ordinary word, not a secret. */
export const secretsOf = (endpoint: ProviderEndpoint): string[] => (endpoint.sandbox ? [] : [endpoint.apiKey]);

/** One client per endpoint: endpoints are created once, at start. */
export function httpOf(dialect: Dialect): (context: Pick<CallContext, 'endpoint'>) => ProviderHttp {
  const prepared = new WeakMap<ProviderEndpoint, ProviderHttp>();
  return ({ endpoint }) => {
    let http = prepared.get(endpoint);
    if (http === undefined) prepared.set(endpoint, (http = new ProviderHttp(endpoint, dialect)));
    return http;
  };
}
