import type { VideoRequest } from '@lumenfall/contracts';
import { isRecord, textOf } from '../json/fields.js';
import { idOf, numberOf } from '../media/job-status.js';
import type { LookUp, LookUpClues } from '../spec/index.js';

export interface ListedVideo {
  id: string;
  model: string | null;
  prompt: string | null;
  /** Unix ms. */
  createdAt: number;
}

export interface VideoList {
  videos: ListedVideo[];
  hasMore: boolean;
}

/** A page of `GET /videos`, the newest first; null if it cannot be read. */
export function readVideoList(body: unknown): VideoList | null {
  if (!isRecord(body) || !Array.isArray(body['data'])) return null;
  const videos: ListedVideo[] = [];
  for (const entry of body['data'] as unknown[]) {
    const id = isRecord(entry) ? idOf(entry['id']) : null;
    const seconds = isRecord(entry) ? numberOf(entry['created_at']) : null;
    // Without these, "not listed" could not be concluded.
    if (!isRecord(entry) || id === null || seconds === null) return null;
    videos.push({ id, model: textOf(entry['model']), prompt: textOf(entry['prompt']), createdAt: seconds * 1_000 });
  }
  return { videos, hasMore: body['has_more'] === true };
}

/** How far a provider's clock may be behind ours. */
const SKEW_MS = 10_000;

/** Whether the next page may contain videos of this submission. */
export function mayContinue({ videos, hasMore }: VideoList, { submittedAt }: LookUpClues): boolean {
  const oldest = videos.at(-1);
  return hasMore && oldest !== undefined && isRecent(oldest, submittedAt);
}

/**
 * Finds a submission among the videos that a provider lists: one of the same model and prompt, created since, that does
 * not belong to another video.
 *
 * @param isComplete whether the videos reach back to before the submission
 */
export async function findSubmission(
  videos: readonly ListedVideo[],
  isComplete: boolean,
  { request: { prompt }, model }: { request: VideoRequest; model: string },
  { submittedAt, isTaken }: LookUpClues,
): Promise<LookUp> {
  // A model may be listed by the name of its newest snapshot.
  const similar = videos.filter(
    (video) =>
      isRecent(video, submittedAt) && (video.model ?? model).startsWith(model) && isAlike(video.prompt, prompt),
  );
  const free: ListedVideo[] = [];
  for (const video of similar) if (!(await isTaken(video.id))) free.push(video);
  const distance = ({ createdAt }: ListedVideo): number => Math.abs(createdAt - submittedAt);
  const [nearest] = free.filter((video) => video.prompt !== null).sort((one, other) => distance(one) - distance(other));
  if (nearest !== undefined) {
    return { found: 'job', handle: { upstreamId: nearest.id, statusUrl: null, resultUrl: null, cancelUrl: null } };
  }
  // A video that is listed without its prompt may be the one.
  return { found: isComplete && free.length === 0 ? 'nothing' : 'unknown' };
}

function isRecent({ createdAt }: ListedVideo, submittedAt: number): boolean {
  return createdAt >= submittedAt - SKEW_MS;
}

function isAlike(listed: string | null, prompt: string): boolean {
  return listed === null || listed.trim() === prompt.trim();
}
