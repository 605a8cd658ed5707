import type { ReplyPart } from '@lumenfall/contracts';
import type { AbandonedOutcome } from '@lumenfall/execution';
import type { EndedImageRun, ImageRunOutcome, ImageRunStore } from '@lumenfall/image-runs';

export type ImageRuns = Pick<ImageRunStore, 'end' | 'endOf'>;

/** The parts that an image request can end with. */
export type LastPart = Extract<ReplyPart, { type: 'images' | 'error' }>;

export interface ImageWords extends AbandonedOutcome {
  part: LastPart;
}

/**
 * Writes the outcome of a run. Returns the stored outcome, which is another run's if that was first, or null if the run has no row: it
 * was withdrawn.
 */
export async function keepEnd(runs: ImageRuns, requestId: string, words: ImageWords): Promise<ImageWords | null> {
  const ended = await runs.end(requestId, { end: endOf(words.part), usage: words.usage });
  if (ended === null) return null;
  return ended.first ? words : wordsOf(ended.kept);
}

/** What a run ended with that is in the database. */
export function wordsOf({ end, usage }: EndedImageRun): ImageWords {
  if (end.state === 'failed')
    return { usage, part: { type: 'error', error: end.error, executedModel: end.executedModel } };
  return { usage, part: { type: 'images', ...end.answer } };
}

/** What `endAbandonedAnswer` asks: a run that is given up may have ended before. */
export const settledWords =
  (runs: ImageRuns) =>
  async (requestId: string, { usage, part }: AbandonedOutcome): Promise<AbandonedOutcome> =>
    part.type === 'error' ? ((await keepEnd(runs, requestId, { usage, part })) ?? { usage, part }) : { usage, part };

function endOf(part: LastPart): ImageRunOutcome {
  if (part.type === 'error') return { state: 'failed', error: part.error, executedModel: part.executedModel };
  const { images, metadata, usage, created = Math.floor(Date.now() / 1000) } = part;
  return { state: 'answered', answer: { images, metadata, usage, created } };
}
