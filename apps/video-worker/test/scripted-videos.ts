import type { ProviderSlug, VideoHandle } from '@lumenfall/contracts';
import type { FindDoor } from '@lumenfall/execution';
import type { Outcome, ProviderFailure, VideoProvider, VideoState } from '@lumenfall/providers';

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
export const refusal = (kind: ProviderFailure['kind']): { ok: false; failure: ProviderFailure } => ({
  ok: false,
  failure: failureOf(kind),
});

function failureOf(kind: ProviderFailure['kind']): ProviderFailure {
  return { kind, message: `scripted ${kind}`, status: null, retryAfterMs: null };
}

export interface VideoScript {
  /** What a submit answers; without it every submit is accepted. */
  submit?: (times: number) => Outcome<VideoHandle> | Promise<Outcome<VideoHandle>>;
  /** Answers to the looks, in order; the last one is repeated. */
  polls: Outcome<VideoState>[];
}

export const handleOf = (upstreamId: string): VideoHandle => ({
  upstreamId,
  statusUrl: null,
  resultUrl: null,
  cancelUrl: null,
});

/** A provider outside of any process of ours: it remembers what it was asked, whoever died meanwhile. */
export function scriptedVideos(scripts: Partial<Record<ProviderSlug, VideoScript>>) {
  const submitted: ProviderSlug[] = [];
  const cancelled: string[] = [];
  const looks = new Map<ProviderSlug, number>();
  const door: FindDoor<VideoProvider> = (provider) => {
    const script = scripts[provider];
    if (script === undefined) return null;
    const adapter: VideoProvider = {
      submit: async () => {
        submitted.push(provider);
        return (
          (await script.submit?.(submitted.length)) ?? {
            ok: true,
            value: handleOf(`${provider}-${String(submitted.length)}`),
          }
        );
      },
      poll: async () => {
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
    return {
      adapter,
      endpoint: {
        provider,
        baseUrl: 'http://127.0.0.1:9',
        apiKey: 'key',
        credential: `${provider}#test`,
        sandbox: true,
      },
    };
  };
  return { door, submitted, cancelled, looks };
}

export type ScriptedVideos = ReturnType<typeof scriptedVideos>;
