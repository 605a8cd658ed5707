import { startService, type RunningService } from '@lumenfall/service-kit';
import { eventually } from '@lumenfall/testing';
import { sandboxService } from '../src/service.js';

const KEYS = { 'x-goog-api-key': 'k', 'x-key': 'k', 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };

/** The sandbox on a free port, with the calls that its tests make again and again. */
export class RunningSandbox {
  private constructor(private readonly service: RunningService) {}

  static async start(): Promise<RunningSandbox> {
    return new RunningSandbox(await startService(sandboxService, { LOG_LEVEL: 'silent' }));
  }

  get url(): string {
    return this.service.url;
  }

  stop(): Promise<void> {
    return this.service.close();
  }

  /** Any call, with every provider's kind of key. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const url = path.startsWith('http') ? path : `${this.url}${path}`;
    const scheme = new URL(url).pathname.startsWith('/fal/') ? 'Key' : 'Bearer';
    return fetch(url, { ...init, headers: { authorization: `${scheme} k`, ...KEYS, ...init.headers } });
  }

  post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return this.fetch(path, signal === undefined ? init : { ...init, signal });
  }

  chat(
    provider: string,
    content: unknown,
    extra: Record<string, unknown> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    const body = { model: 'm', messages: [{ role: 'user', content }], ...extra };
    return this.post(`/${provider}/chat/completions`, body, signal);
  }

  /** How the providers behave from now on. */
  putProfile(profile: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${this.url}/_sandbox/profile`, { method: 'PUT', headers, body: JSON.stringify(profile) });
  }

  async removeProfile(): Promise<void> {
    await fetch(`${this.url}/_sandbox/profile`, { method: 'DELETE' });
  }

  async calls(
    contains: string,
  ): Promise<{ operation: string; outcome: string; status: number | null; authorized: boolean }[]> {
    const answer = await fetch(`${this.url}/_sandbox/calls?contains=${encodeURIComponent(contains)}`);
    return ((await answer.json()) as { calls: never[] }).calls;
  }

  /** Waits until the journal knows how the one call with this prompt ended. */
  outcome(contains: string): Promise<string> {
    return eventually(async () => {
      const [call] = await this.calls(contains);
      return call === undefined || call.outcome === 'running' ? null : call.outcome;
    });
  }
}

/** The frames of a stream of server-sent events: `data:` lines parsed, `[DONE]` and comments as text. */
export async function framesOf(answer: Response): Promise<unknown[]> {
  const frames = (await answer.text()).split('\n\n').filter((frame) => frame !== '');
  return frames.map((frame) => (frame.startsWith('data: {') ? JSON.parse(frame.slice(6)) : frame));
}
