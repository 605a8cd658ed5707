import type { ProviderSlug, VideoHandle, VideoRequest } from '@lumenfall/contracts';
import type { FindClients } from '@lumenfall/execution';
import type { LookUp, LookUpClues, Outcome, ProviderFailure, VideoProvider, VideoState } from '@lumenfall/providers';

export const MP4 = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from('ftypisom\0\0\x02\0isomiso2', 'latin1'),
  Buffer.alloc(64),
]);

export const succeeded = (bytes: Uint8Array = MP4): Outcome<VideoState> => ({
  ok: true,
  value: { state: 'succeeded', source: { kind: 'bytes', bytes }, usage: null, reportedCostUsd: null },
});
export const running = (progress: number | null): Outcome<VideoState> => ({
  ok: true,
  value: { state: 'running', progress },
});
export const verdict = (kind: ProviderFailure['kind']): Outcome<VideoState> => ({
  ok: true,
  value: { state: 'failed', failure: failureOf(kind) },
});
export const refusal = (kind: ProviderFailure['kind']): { ok: false; error: ProviderFailure } => ({
  ok: false,
  error: failureOf(kind),
});

function failureOf(kind: ProviderFailure['kind']): ProviderFailure {
  return { kind, message: `scripted ${kind}`, status: null, retryAfterMs: null };
}

const NOTHING_FOUND: Outcome<LookUp> = { ok: true, value: { found: 'nothing' } };

export interface VideoScript {
  /** What a submit answers; without it every submit is accepted. */
  submit?: (times: number) => Outcome<VideoHandle> | Promise<Outcome<VideoHandle>>;
  /** What the provider knows of a submission in doubt; without it, it cannot be asked. */
  lookUp?: (clues: LookUpClues) => Promise<Outcome<LookUp>> | Outcome<LookUp>;
  /** Credentials; one by default. */
  keys?: string[];
  /** Answers to the looks, in order; the last one is repeated. */
  polls: Outcome<VideoState>[];
}

export const handleOf = (upstreamId: string): VideoHandle => ({
  upstreamId,
  statusUrl: null,
  resultUrl: null,
  cancelUrl: null,
});

/** A provider outside of any process of ours: it remembers the calls, also of processes that died meanwhile. */
export function scriptedVideos(scripts: Partial<Record<ProviderSlug, VideoScript>>) {
  const submitted: ProviderSlug[] = [];
  const requests: VideoRequest[] = [];
  const cancelled: string[] = [];
  /** Submissions and looks, each with the credential used. */
  const calls: string[] = [];
  const looks = new Map<ProviderSlug, number>();
  const clients: FindClients<VideoProvider> = (provider) => {
    const script = scripts[provider];
    if (script === undefined) return [];
    const adapter: VideoProvider = {
      reports: [],
      submit: async (request, { endpoint }) => {
        submitted.push(provider);
        requests.push(request);
        calls.push(`submit ${endpoint.credential}`);
        return (
          (await script.submit?.(submitted.length)) ?? {
            ok: true,
            value: handleOf(`${provider}-${String(submitted.length)}`),
          }
        );
      },
      ...(script.lookUp && { lookUp: async (_request, _context, clues) => script.lookUp?.(clues) ?? NOTHING_FOUND }),
      poll: async (_handle, { endpoint }) => {
        calls.push(`poll ${endpoint.credential}`);
        const look = looks.get(provider) ?? 0;
        looks.set(provider, look + 1);
        const answer = script.polls[Math.min(look, script.polls.length - 1)];
        if (answer === undefined) throw new Error('A script without polls');
        return answer;
      },
      cancel: async ({ upstreamId }) => {
        cancelled.push(upstreamId);
        return { ok: true, value: undefined };
      },
    };
    return (script.keys ?? [`${provider}#test`]).map((credential) => ({
      adapter,
      endpoint: { provider, baseUrl: 'http://127.0.0.1:9', apiKey: 'key', credential, sandbox: true },
    }));
  };
  return { clients, submitted, requests, cancelled, looks, calls };
}

export type ScriptedVideos = ReturnType<typeof scriptedVideos>;
