import OpenAI from 'openai';
import { readRunning, type StackAddress } from './own-stack.js';

/** A running system, reached over HTTP only. */
export class Stack {
  readonly openai: OpenAI;

  constructor(
    readonly address: StackAddress,
    readonly apiKey = address.apiKey,
  ) {
    this.openai = new OpenAI({ baseURL: `${address.baseUrl}/openai/v1`, apiKey, maxRetries: 0, timeout: 60_000 });
  }

  /** The same stack with another API key. */
  as(apiKey: string): Stack {
    return new Stack(this.address, apiKey);
  }

  /** A request as `curl` would send it; an object as body is sent as JSON. */
  request(path: string, init: Omit<RequestInit, 'body'> & { body?: unknown } = {}): Promise<Response> {
    const { body, ...rest } = init;
    const isJson = body !== undefined && typeof body !== 'string' && !(body instanceof FormData);
    const headers = new Headers({
      authorization: `Bearer ${this.apiKey}`,
      ...(isJson && { 'content-type': 'application/json' }),
    });
    new Headers(rest.headers).forEach((value, name) => headers.set(name, value));
    const text = isJson ? JSON.stringify(body) : (body as string | FormData | undefined);
    return fetch(`${this.address.baseUrl}${path}`, {
      signal: AbortSignal.timeout(60_000),
      ...rest,
      headers,
      ...(text !== undefined && { body: text }),
    });
  }

  async get<T>(path: string): Promise<T> {
    const response = await this.request(path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** The database, the sandbox and the process ids of a stack that was started for these tests. */
  own(): { databaseUrl: string; sandboxUrl: string; billingUrl: string; services: Record<string, number | null> } {
    const running = this.address.home === null ? null : readRunning(this.address.home);
    const { sandbox: sandboxUrl, billing: billingUrl } = running?.addresses ?? {};
    if (!running?.databaseUrl || !running.services || !sandboxUrl || !billingUrl)
      throw new Error('This stack was not started by the tests.');
    return { databaseUrl: running.databaseUrl, sandboxUrl, billingUrl, services: running.services };
  }
}

const stacks = JSON.parse(process.env['LUMENFALL_E2E_STACKS'] ?? '[]') as StackAddress[];
const missing = JSON.parse(process.env['LUMENFALL_E2E_MISSING'] ?? '[]') as string[];

/** Runs the tests once per stack; a stack that this machine cannot start is reported as skipped with the reason. */
export function onEveryStack(tests: (stack: Stack) => void): void {
  for (const address of stacks) describe(`on ${address.name}`, () => tests(new Stack(address)));
  for (const reason of missing) describe.skip(`on Redis [skipped, ${reason}]`, () => tests(new Stack(NOWHERE)));
}

/** As `onEveryStack`, for tests that need more than HTTP: they kill processes and create organizations. */
export function onOwnStacks(tests: (stack: Stack) => void): void {
  const reason = 'it was not started by these tests';
  for (const address of stacks) {
    if (address.home === null)
      describe.skip(`on ${address.name} [skipped, ${reason}]`, () => tests(new Stack(address)));
    else describe(`on ${address.name}`, () => tests(new Stack(address)));
  }
  for (const why of missing) describe.skip(`on Redis [skipped, ${why}]`, () => tests(new Stack(NOWHERE)));
}

const NOWHERE: StackAddress = { name: 'nowhere', baseUrl: 'http://localhost:9', apiKey: 'none', home: null };
