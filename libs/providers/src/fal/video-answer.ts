import { z } from 'zod';
import type { JsonAnswer } from '../http/index.js';
import type { VideoState } from '../spec/index.js';
import { noMedia } from './queue.js';

const fileSchema = z.looseObject({ url: z.string().min(1) });
const resultSchema = z.looseObject({ video: fileSchema.nullish(), videos: z.array(fileSchema).nullish() });

/** A finished job's result. fal reports its cost as units of a price we do not know: no usage, no cost from here. */
export function falVideoState({ body }: JsonAnswer): VideoState {
  const parsed = resultSchema.safeParse(body);
  const url = parsed.success ? (parsed.data.video?.url ?? parsed.data.videos?.[0]?.url) : undefined;
  if (url === undefined) return { state: 'failed', failure: noMedia('video') };
  return { state: 'succeeded', source: { kind: 'url', url }, usage: null, reportedCostUsd: null };
}
