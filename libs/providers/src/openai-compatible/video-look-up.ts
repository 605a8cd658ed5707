import type { VideoRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import type { LookUp, LookUpClues } from '../spec/index.js';

/** A page of `GET /videos`, the newest first. */
const listSchema = z.looseObject({
  data: z.array(
    z.looseObject({
      id: z.string().min(1),
      model: z.string().nullish(),
      prompt: z.string().nullish(),
      /** Unix seconds. */
      created_at: z.number(),
    }),
  ),
  has_more: z.boolean().nullish(),
});
export type VideoList = z.infer<typeof listSchema>;

export function readVideoList(body: unknown): VideoList | null {
  const parsed = listSchema.safeParse(body);
  return parsed.success ? parsed.data : null;
}

/** How far a provider's clock may be behind ours. */
const SKEW_MS = 10_000;

/** Whether the list goes on with videos that may be of this submission. */
export function goesFurther({ data, has_more }: VideoList, { submittedAt }: LookUpClues): boolean {
  const oldest = data.at(-1);
  return has_more === true && oldest !== undefined && isRecent(oldest, submittedAt);
}

/**
 * Looks for a submission in what a provider lists: a video of the same model and prompt, made since, that is no other's.
 *
 * @param isWhole whether the videos reach back to before the submission
 */
export async function findSubmission(
  videos: VideoList['data'],
  isWhole: boolean,
  { request: { prompt }, model }: { request: VideoRequest; model: string },
  { submittedAt, isTaken }: LookUpClues,
): Promise<LookUp> {
  // A model may be listed by the name of its newest snapshot.
  const similar = videos.filter(
    (video) =>
      isRecent(video, submittedAt) && (video.model ?? model).startsWith(model) && isAlike(video.prompt, prompt),
  );
  const free: typeof similar = [];
  for (const video of similar) if (!(await isTaken(video.id))) free.push(video);
  const distance = ({ created_at }: (typeof free)[number]): number => Math.abs(created_at * 1_000 - submittedAt);
  const [nearest] = free.filter((video) => video.prompt != null).sort((one, other) => distance(one) - distance(other));
  if (nearest !== undefined) {
    return { found: 'job', handle: { upstreamId: nearest.id, statusUrl: null, resultUrl: null, cancelUrl: null } };
  }
  // One that does not tell its prompt may be it.
  return { found: isWhole && free.length === 0 ? 'nothing' : 'unknown' };
}

function isRecent({ created_at }: Pick<VideoList['data'][number], 'created_at'>, submittedAt: number): boolean {
  return created_at * 1_000 >= submittedAt - SKEW_MS;
}

function isAlike(listed: string | null | undefined, prompt: string): boolean {
  return listed == null || listed.trim() === prompt.trim();
}
