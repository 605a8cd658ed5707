import type { PlannedOffering, ProviderSlug, VideoCandidate } from '@lumenfall/contracts';
import type { VideoRow } from '@lumenfall/videos';
import { aPlan, requestContext, aVideoRequest } from '@lumenfall/testing';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
/** So many seconds after `NOW`. */
export const at = (seconds: number): Date => new Date(NOW + seconds * 1000);
export const handle = { upstreamId: 'up', statusUrl: null, resultUrl: null, cancelUrl: null };

export function aRow(changes: Partial<VideoRow> = {}): VideoRow {
  const context = requestContext({ modality: 'video' });
  const { requestId, organizationId, keyId } = context;
  const request = aVideoRequest({ prompt: 'a cat', seconds: 8 });
  return {
    requestId,
    organizationId,
    keyId,
    requestContext: context,
    request,
    prompt: 'a cat',
    seconds: '8',
    size: '1280x720',
    state: 'queued',
    version: 1,
    plan: aPlan({ modality: 'video' }),
    clientMetadata: null,
    routeIndex: 0,
    handle: null,
    candidate: null,
    progress: 0,
    attempts: [],
    pollCount: 0,
    nextActionAt: at(0),
    deadline: at(600),
    mediaRetention: 'none',
    output: null,
    error: null,
    costMicros: null,
    estimateMicros: 0,
    usage: null,
    usageQueuedAt: null,
    createdAt: at(-10),
    completedAt: null,
    ...changes,
  };
}

export const aCandidate = (changes: Partial<VideoCandidate> = {}): VideoCandidate => ({
  credential: 'openai#test',
  chosen: 'only',
  startedAt: NOW - 5_000,
  choice: { order: [], passedOver: [] },
  ...changes,
});

/** 8 seconds at 0.10 USD. */
export const PRICE = 800_000;

export const aVideoOffering = (provider: ProviderSlug, priority = 0): PlannedOffering => ({
  provider,
  providerName: provider,
  providerModel: 'sora-2',
  price: { version: 'per-second', lines: [{ type: 'output', metric: 'second', unitPrice: '0.1' }] },
  parameters: {},
  estimate: [{ type: 'output', metric: 'second', quantity: 8 }],
  priority,
  weight: 1,
});
