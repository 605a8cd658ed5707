import type { VideoRow } from '@lumenfall/videos';
import { anOffering, aPlan, requestContext, aVideoRequest } from '@lumenfall/testing';
import { cancellationOf } from '@lumenfall/videos';
import { pollAfterMs, presentVideo } from './present-video.js';

const context = requestContext({
  requestId: `req_${'a'.repeat(27)}`,
  modality: 'video',
  createdAt: '2026-03-15T14:32:10.000Z',
});
const createdAt = new Date(context.createdAt);
const at = (seconds: number): number => createdAt.getTime() / 1000 + seconds;

function row(changes: Partial<VideoRow> = {}): VideoRow {
  return {
    requestId: context.requestId,
    organizationId: 'org_test',
    keyId: 'key_test',
    state: 'queued',
    version: 1,
    requestContext: context,
    plan: aPlan({
      model: 'sora-2',
      modality: 'video',
      route: [
        anOffering({
          provider: 'openai',
          providerName: 'OpenAI',
          providerModel: 'sora-2',
          estimate: [{ type: 'output', metric: 'second', quantity: 4 }],
        }),
        anOffering({ provider: 'fal', providerName: 'fal.ai', providerModel: 'fal-ai/sora' }),
      ],
    }),
    request: aVideoRequest({ prompt: 'a cat' }),
    prompt: 'a cat',
    seconds: '5',
    size: '1920x1080',
    clientMetadata: { order: '7' },
    routeIndex: 0,
    candidate: null,
    handle: null,
    progress: 0,
    attempts: [],
    pollCount: 0,
    nextActionAt: createdAt,
    deadline: new Date(at(7200) * 1000),
    mediaRetention: 'none',
    output: null,
    error: null,
    costMicros: null,
    estimateMicros: 400_000,
    usage: null,
    usageQueuedAt: null,
    createdAt,
    completedAt: null,
    ...changes,
  };
}

const handle = { upstreamId: 'up_1', statusUrl: null, resultUrl: null, cancelUrl: null };
const output = {
  name: 'x.mp4',
  contentType: 'video/mp4',
  sizeBytes: 9,
  expiresAt: at(3600) * 1000,
  durationSeconds: 4.04,
  width: 1280,
  height: 720,
};
const addressOf = (name: string): string => `https://media.test/media/${name}`;

describe('presentVideo', () => {
  it('has every field from the start', () => {
    expect(presentVideo(row(), addressOf)).toEqual({
      id: `video_${'a'.repeat(27)}`,
      object: 'video',
      created_at: at(0),
      completed_at: null,
      expires_at: null,
      status: 'queued',
      progress: 0,
      model: 'sora-2',
      prompt: 'a cat',
      seconds: '5',
      size: '1920x1080',
      output: null,
      error: null,
      client_metadata: { order: '7' },
      metadata: {
        model: 'sora-2',
        executed_model: 'openai/sora-2',
        provider: 'openai',
        provider_name: 'OpenAI',
        cost_estimate: 0.4,
        cost_currency: 'USD',
      },
    });
  });

  it.each<[VideoRow['state'], string]>([
    ['queued', 'queued'],
    ['submitting', 'in_progress'],
    ['submitted', 'in_progress'],
    ['running', 'in_progress'],
    ['unknown', 'in_progress'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'failed'],
  ])('presents the state %s as %s', (state, status) =>
    expect(presentVideo(row({ state }), addressOf).status).toBe(status),
  );

  it('names the provider that has the job', () => {
    const { metadata, progress } = presentVideo(
      row({ state: 'running', routeIndex: 1, handle, progress: 40 }),
      addressOf,
    );
    expect([metadata.executed_model, metadata.upstream_id, progress]).toEqual(['fal/fal-ai/sora', 'up_1', 40]);
  });

  it('has file and cost once the video is finished', () => {
    const done = row({
      state: 'completed',
      completedAt: new Date(at(42) * 1000),
      output,
      handle,
      costMicros: 400_000,
      progress: 90,
    });
    expect(presentVideo(done, addressOf)).toMatchObject({
      status: 'completed',
      progress: 100,
      completed_at: at(42),
      expires_at: at(3600),
      seconds: '5',
      size: '1920x1080',
      output: {
        url: 'https://media.test/media/x.mp4',
        content_type: 'video/mp4',
        size_bytes: 9,
        duration_seconds: 4.04,
        width: 1280,
        height: 720,
      },
      error: null,
      metadata: { cost: 0.4 },
    });
    expect(presentVideo(done, addressOf).metadata).not.toHaveProperty('cost_estimate');
  });

  it('echoes seconds and size when the request has been forgotten', () => {
    expect(presentVideo(row({ request: null, prompt: null }), addressOf)).toMatchObject({
      seconds: '5',
      size: '1920x1080',
      prompt: null,
    });
  });

  it('presents a cancelled video as failed, with a code and without cost', () => {
    const cancelled = row({ ...cancellationOf(row(), new Date(at(5) * 1000)) });
    expect(presentVideo(cancelled, addressOf)).toMatchObject({
      status: 'failed',
      completed_at: null,
      error: { code: 'CANCELLED', message: 'The video was cancelled' },
      metadata: { cost: 0 },
    });
    expect(cancelled.usage).toMatchObject({
      status: 'cancelled',
      durationMs: 5000,
      charge: { quantities: [], reportedCostUsd: null },
    });
  });
});

it.each<[Partial<VideoRow>, number, number | null]>([
  [{}, 0, 1_000],
  [{ state: 'running' }, 30, 3_000],
  [{ state: 'running' }, 300, 5_000],
  [{ state: 'completed' }, 300, null],
  [{ state: 'cancelled' }, 300, null],
])('a video %p of %d s of age is to be polled after %p ms', (changes, age, ms) =>
  expect(pollAfterMs(row(changes), at(age) * 1000)).toBe(ms),
);
