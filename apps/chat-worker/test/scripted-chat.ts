import type { ChatChunk, ProviderSlug } from '@lumenfall/contracts';
import type { FindDoor } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider, ProviderEndpoint } from '@lumenfall/providers';

/** What a scripted provider does next: says an event, or waits until its own call is aborted or the promise settles. */
export type Line = ChatEvent | Promise<unknown> | 'wait for abort';
export type Script = Line[];

export const chunk = (content: string, more: Partial<ChatChunk> = {}): ChatEvent => ({
  type: 'chunk',
  chunk: {
    id: 'gen-1',
    object: 'chat.completion.chunk',
    created: 1_800_000_000,
    model: 'upstream/model',
    choices: [{ index: 0, delta: { content } }],
    ...more,
  },
});
export const end = (
  usage: { prompt_tokens: number; completion_tokens: number; cost?: number } | null = null,
): ChatEvent => ({
  type: 'end',
  usage,
});
export const failure = (
  kind: Extract<ChatEvent, { type: 'failure' }>['failure']['kind'],
  status: number | null = null,
): ChatEvent => ({
  type: 'failure',
  failure: { kind, message: `scripted ${kind}`, status, retryAfterMs: null },
});

export interface ScriptedChats {
  door: FindDoor<ChatProvider>;
  /** Which providers were asked, in order. */
  asked: ProviderSlug[];
  /** Signals of the calls, in order. */
  signals: AbortSignal[];
}

/** Chat providers that follow a script, the same at every call; a provider without one is not configured. */
export function scriptedChats(scripts: Partial<Record<ProviderSlug, Script>>): ScriptedChats {
  const asked: ProviderSlug[] = [];
  const signals: AbortSignal[] = [];
  const door: FindDoor<ChatProvider> = (provider) => {
    const script = scripts[provider];
    if (script === undefined) return null;
    const endpoint: ProviderEndpoint = {
      provider,
      baseUrl: 'http://127.0.0.1:9',
      apiKey: 'key',
      credential: `${provider}#test`,
      sandbox: true,
    };
    const adapter: ChatProvider = {
      async *streamChat(_body, { signal }) {
        asked.push(provider);
        signals.push(signal);
        for (const line of script) {
          if (line === 'wait for abort') {
            await new Promise((resolve) =>
              signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve),
            );
            yield failure('cancelled');
            return;
          }
          if (line instanceof Promise) await line;
          else yield line;
        }
      },
    };
    return { adapter, endpoint };
  };
  return { door, asked, signals };
}
