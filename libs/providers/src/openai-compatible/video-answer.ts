import { z } from 'zod';
import { failure } from '../http/index.js';
import type { MediaSource, VideoState } from '../spec/index.js';
import { readOpenAiRefusal } from './errors.js';

/** What is read of OpenAI's video object. Statuses are an open list. */
const videoSchema = z.looseObject({
  id: z.string().min(1),
  status: z.string().nullish(),
  progress: z.number().nullish(),
  error: z.unknown().optional(),
});
export type UpstreamVideo = z.infer<typeof videoSchema>;

export function readVideo(body: unknown): UpstreamVideo | null {
  const parsed = videoSchema.safeParse(body);
  return parsed.success ? parsed.data : null;
}

const SUCCEEDED = new Set(['completed', 'succeeded']);
const FAILED = new Set(['failed', 'cancelled', 'canceled', 'expired', 'rejected', 'error']);

/** `content` is where the finished file is. Statuses that nobody has heard of count as running. */
export function videoStateOf(video: UpstreamVideo, content: MediaSource): VideoState {
  const status = video.status ?? '';
  if (SUCCEEDED.has(status)) return { state: 'succeeded', source: content, usage: null, reportedCostUsd: null };
  if (FAILED.has(status)) {
    const { kind, message } = readOpenAiRefusal(200, { error: video.error });
    return {
      state: 'failed',
      failure: failure(kind ?? 'transient', message ?? `The provider ended the video as ${status}`),
    };
  }
  const { progress } = video;
  return {
    state: 'running',
    progress: progress === null || progress === undefined ? null : Math.min(100, Math.max(0, progress)),
  };
}
