import { executedModelOf, videoIdOf, type VideoAnswer, type VideoOutput, type VideoStatus } from '@lumenfall/contracts';
import type { VideoRow, VideoState } from '@lumenfall/videos';
import { micros, microsToUsd } from '@lumenfall/money';
import type { MediaAddress } from '../media/media-address.js';

const STATUS: Record<VideoState, VideoStatus> = {
  pending: 'queued',
  queued: 'queued',
  submitting: 'in_progress',
  submitted: 'in_progress',
  running: 'in_progress',
  unknown: 'in_progress',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'failed',
};

/** The public form of a row. The provider is not asked. */
export function presentVideo(row: VideoRow, addressOf: MediaAddress): VideoAnswer {
  const status = STATUS[row.state];
  return {
    id: videoIdOf(row.requestId),
    object: 'video',
    created_at: unixSeconds(row.createdAt),
    completed_at: status === 'completed' && row.completedAt !== null ? unixSeconds(row.completedAt) : null,
    expires_at: row.output === null ? null : Math.floor(row.output.expiresAt / 1000),
    status,
    progress: status === 'completed' ? 100 : row.progress,
    model: row.plan.model,
    prompt: row.prompt,
    seconds: row.seconds,
    size: row.size,
    output: row.output === null ? null : presentOutput(row.output, addressOf),
    error: row.error === null ? null : { code: row.error.code, message: row.error.message },
    client_metadata: row.clientMetadata,
    metadata: metadataOf(row),
  };
}

/** After how many ms to poll again; null for a video in a terminal state. */
export function pollAfterMs(row: Pick<VideoRow, 'state' | 'createdAt'>, now: number): number | null {
  if (STATUS[row.state] === 'completed' || STATUS[row.state] === 'failed') return null;
  const age = now - row.createdAt.getTime();
  return age < 10_000 ? 1_000 : age < 60_000 ? 3_000 : 5_000;
}

function presentOutput(
  { name, contentType, sizeBytes, durationSeconds, width, height }: VideoOutput,
  addressOf: MediaAddress,
): VideoAnswer['output'] {
  return {
    url: addressOf(name),
    content_type: contentType,
    size_bytes: sizeBytes,
    duration_seconds: durationSeconds,
    width,
    height,
  };
}

function metadataOf(row: VideoRow): VideoAnswer['metadata'] {
  const offering = row.plan.route[row.routeIndex] ?? row.plan.route[0];
  return {
    model: row.plan.model,
    executed_model: offering === undefined ? '' : executedModelOf(offering),
    provider: offering?.provider ?? '',
    provider_name: offering?.providerName ?? '',
    ...(row.handle !== null && { upstream_id: row.handle.upstreamId }),
    ...(row.costMicros === null
      ? { cost_estimate: microsToUsd(micros(row.estimateMicros)) }
      : { cost: microsToUsd(micros(row.costMicros)) }),
    cost_currency: 'USD',
  };
}

function unixSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
