import type { ChatChunk, ProviderSlug } from '@lumenfall/contracts';
import type { FindClients } from '@lumenfall/execution';
import type { ChatEvent, ChatProvider, ProviderEndpoint } from '@lumenfall/providers';

/** The next step of a scripted provider: an event, or a wait for a promise or for the abort of its call. */
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
  retryAfterMs: number | null = null,
): ChatEvent => ({
  type: 'failure',
  failure: { kind, message: `scripted ${kind}`, status, retryAfterMs },
});

export interface ScriptedChats {
  clients: FindClients<ChatProvider>;
  /** Providers called, in order. */
  asked: ProviderSlug[];
  /** Credentials of these calls. */
  credentials: string[];
  /** Signals of these calls. */
  signals: AbortSignal[];
}

/** The script of a provider: the same for every call, or by the number of the call (from 0) and the credential. */
export type Says = Script | ((call: number, credential: string) => Script);

/** Scripted chat providers; one without a script is not configured. Each has one credential by default. */
export function scriptedChats(
  scripts: Partial<Record<ProviderSlug, Says>>,
  keys: Partial<Record<ProviderSlug, string[]>> = {},
): ScriptedChats {
  const asked: ProviderSlug[] = [];
  const credentials: string[] = [];
  const signals: AbortSignal[] = [];
  const clients: FindClients<ChatProvider> = (provider) => {
    const says = scripts[provider];
    if (says === undefined) return [];
    const adapter: ChatProvider = {
      reports: [],
      async *streamChat(_body, { signal, endpoint: { credential } }) {
        const call = asked.filter((each) => each === provider).length;
        asked.push(provider);
        credentials.push(credential);
        signals.push(signal);
        for (const line of typeof says === 'function' ? says(call, credential) : says) {
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
    return (keys[provider] ?? [`${provider}#test`]).map(
      (credential): { adapter: ChatProvider; endpoint: ProviderEndpoint } => ({
        adapter,
        endpoint: { provider, baseUrl: 'http://127.0.0.1:9', apiKey: 'key', credential, sandbox: true },
      }),
    );
  };
  return { clients, asked, credentials, signals };
}
