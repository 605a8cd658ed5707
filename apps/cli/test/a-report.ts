import { aPlan, aTokenPrice, anOffering } from '@lumenfall/testing';
import type { RequestReport, VideoReport } from '@lumenfall/ledger';

/** A chat that failed over: openrouter answered 429, openai delivered 1,000 input and 500 output tokens. */
export function aReport(changes: Partial<RequestReport> = {}): RequestReport {
  return {
    id: 'req_2abcdefghijklmnopqrstuvwxyz',
    organization: { id: 'org_1', slug: 'default' },
    key: { id: 'key_1', name: 'First key', lastFour: 'c4fe' },
    createdAt: new Date('2026-11-22T21:17:02.917Z'),
    recordedAt: new Date('2026-11-22T21:17:04.000Z'),
    durationMs: 1_012,
    endpoint: '/v1/chat/completions',
    modality: 'text',
    model: 'gpt-5.4-mini',
    status: 'completed',
    errorCode: null,
    errorMessage: null,
    provider: 'openai',
    executedModel: 'openai/gpt-5.4-mini',
    choice: {
      order: [
        {
          executedModel: 'openrouter/openai/gpt-5.4-mini',
          credential: 'openrouter#1d2e3f40',
          priority: 0,
          weight: 1,
          circuitState: 'healthy',
          successRate: 0.9871,
          latencyMs: 412,
          expectedMicros: 2_000,
          share: 0.616,
        },
        {
          executedModel: 'openai/gpt-5.4-mini',
          credential: 'openai#3fa9c1d2',
          priority: 0,
          weight: 1,
          circuitState: 'healthy',
          successRate: null,
          latencyMs: null,
          expectedMicros: null,
          share: 0.384,
        },
      ],
      passedOver: [{ executedModel: 'openai-compatible/mini', why: 'no-credential' }],
    },
    attempts: [
      {
        provider: 'openrouter',
        executedModel: 'openrouter/openai/gpt-5.4-mini',
        status: 'failed',
        failure: 'rate',
        message: 'The provider limits the rate of requests',
        upstreamStatus: 429,
        durationMs: 120,
        chosen: 'preferred',
        credential: 'openrouter#1d2e3f40',
        costMicros: 0,
      },
      {
        provider: 'openai',
        executedModel: 'openai/gpt-5.4-mini',
        status: 'succeeded',
        failure: null,
        message: null,
        upstreamStatus: 200,
        durationMs: 880,
        chosen: 'next',
        credential: 'openai#3fa9c1d2',
        costMicros: 2_000,
      },
    ],
    charge: {
      price: aTokenPrice(),
      quantities: [
        { type: 'input', metric: 'token', quantity: 1_000 },
        { type: 'output', metric: 'token', quantity: 500 },
      ],
      reportedCostUsd: null,
      estimated: false,
    },
    costMicros: 2_000,
    unpriced: false,
    ledger: [{ id: '17', kind: 'usage', amountMicros: -2_000, createdAt: new Date('2026-11-22T21:17:04.000Z') }],
    hold: null,
    video: null,
    ...changes,
  };
}

/** A video that openai is generating and that is being polled. */
export function aVideoReport(changes: Partial<VideoReport> = {}): VideoReport {
  return {
    state: 'running',
    version: 4,
    plan: aPlan({
      model: 'sora-2',
      modality: 'video',
      route: [anOffering({ provider: 'openai', providerModel: 'sora-2' })],
      passedOver: [{ provider: 'fal', executedModel: 'fal/fal-ai/sora-2', why: 'denied-by-organization' }],
    }),
    routeIndex: 0,
    progress: 42,
    pollCount: 7,
    nextActionAt: new Date('2026-11-22T21:18:00.000Z'),
    deadline: new Date('2026-11-22T22:17:02.917Z'),
    estimateMicros: 400_000,
    usageQueuedAt: null,
    completedAt: null,
    upstreamId: 'video_68f0',
    output: null,
    ...changes,
  };
}
