import { apiError, fail, parseRequestId, succeed, type Result, type VideoAnswer } from '@lumenfall/contracts';
import { validationError } from '@lumenfall/service-kit';
import type { VideoRow } from '@lumenfall/videos';
import { z } from 'zod';
import type { MediaAddress } from '../media/media-address.js';
import { presentVideo } from './present-video.js';

/** OpenAI's list, as its SDKs page through it. */
export interface VideoList {
  object: 'list';
  data: VideoAnswer[];
  first_id: string | null;
  last_id: string | null;
  has_more: boolean;
}

const querySchema = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

export function readVideoListQuery(query: unknown): Result<{ after?: string; limit: number; order: 'asc' | 'desc' }> {
  const parsed = querySchema.safeParse(query);
  if (!parsed.success) return fail(validationError(parsed.error));
  const { after, ...rest } = parsed.data;
  if (after === undefined) return succeed(rest);
  const requestId = parseRequestId(after);
  if (requestId === null)
    return fail(apiError('INVALID_REQUEST', 'after: expected the id of a video', { param: 'after' }));
  return succeed({ ...rest, after: requestId });
}

export function presentVideoList(page: { videos: VideoRow[]; hasMore: boolean }, addressOf: MediaAddress): VideoList {
  const data = page.videos.map((row) => presentVideo(row, addressOf));
  return {
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: page.hasMore,
  };
}
