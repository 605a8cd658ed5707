import {
  apiError,
  executedModelOf,
  NOTHING_CHARGED,
  type ApiError,
  type GeneratedImage,
  type ReplyPart,
} from '@lumenfall/contracts';
import { abortError, ownFailure, routeError, type AbandonedOutcome } from '@lumenfall/execution';
import type { EndedImageRun, ImageRunOutcome, ImageRunStore } from '@lumenfall/image-runs';
import { answerMetadataOf, imageUsageOf, type WorkOutcome } from '@lumenfall/metering';
import type { ImageJob, ImageRouteResult } from './image-route.js';

/** The parts that end the reply to an image request. */
export type LastPart = Extract<ReplyPart, { type: 'images' | 'error' }>;

export interface ImageOutcome {
  work: WorkOutcome;
  /** The last part of the reply. */
  part: LastPart;
}

/** Some or all images were made and stored: completed, and charged for those. */
export function outcomeWithImages(
  { plan }: ImageJob,
  { offering, charge, attempts, choice }: ImageRouteResult,
  images: GeneratedImage[],
): ImageOutcome {
  const responseSizeBytes = images.reduce((sum, { file }) => sum + file.sizeBytes, 0);
  return {
    work: { status: 'completed', offering, charge, attempts, error: null, responseSizeBytes, choice },
    part: {
      type: 'images',
      images,
      metadata: answerMetadataOf(plan, offering, charge, attempts),
      usage: imageUsageOf(charge),
      created: Math.floor(Date.now() / 1000),
    },
  };
}

export function outcomeWithoutImages(
  { plan }: ImageJob,
  { offering, failure, attempts, choice }: ImageRouteResult,
): ImageOutcome {
  const error = routeError(plan, offering, failure ?? ownFailure('empty', 'made no image'));
  return failed({ error, attempts, choice, executedModel: executedModelOf(offering) });
}

/** The input images have expired: nothing was tried. */
export function outcomeWithoutInputs(): ImageOutcome {
  const message = 'The input images of this request have expired. Please send the request again';
  return failed({ error: apiError('OVERLOADED', message), attempts: [], choice: null, executedModel: null });
}

/**
 * A cancelled request is charged for the images made until then; one that timed out delivered nothing and costs
 * nothing.
 *
 * @param result null if the work had not begun
 */
export function outcomeOfAbort(
  reason: Parameters<typeof abortError>[0],
  result: ImageRouteResult | null,
): ImageOutcome {
  const { work, part } = failed({
    error: abortError(reason),
    attempts: result?.attempts ?? [],
    choice: result?.choice ?? null,
    executedModel: result === null ? null : executedModelOf(result.offering),
  });
  if (reason === 'timed-out') return { work, part };
  if (result === null || result.images.length === 0) return { work: { ...work, status: 'cancelled' }, part };
  const { offering, charge, attempts } = result;
  return { work: { ...work, status: 'cancelled', offering, charge, attempts }, part };
}

function failed({
  error,
  attempts,
  choice,
  executedModel,
}: Pick<WorkOutcome, 'attempts' | 'choice'> & { error: ApiError; executedModel: string | null }): ImageOutcome {
  return {
    work: {
      status: 'upstream_failure',
      offering: null,
      charge: NOTHING_CHARGED,
      // Images that were made but not delivered are not charged.
      attempts: attempts.map((attempt) => ({ ...attempt, chargedMicros: 0 })),
      error,
      responseSizeBytes: null,
      choice,
    },
    part: { type: 'error', error, executedModel },
  };
}

export type ImageRuns = Pick<ImageRunStore, 'end' | 'endOf'>;

/** The outcome of a run as its row stores it: the usage record (null: already sent) and the last part. */
export interface StoredOutcome extends AbandonedOutcome {
  part: LastPart;
}

/**
 * Stores the outcome of a run. Returns the stored outcome, which is another run's if that was first, or null if the run
 * has no row because it was withdrawn.
 */
export async function storeOutcome(
  runs: ImageRuns,
  requestId: string,
  outcome: StoredOutcome,
): Promise<StoredOutcome | null> {
  const ended = await runs.end(requestId, { end: columnsOf(outcome.part), usage: outcome.usage });
  if (ended === null) return null;
  return ended.first ? outcome : storedOutcomeOf(ended.kept);
}

export function storedOutcomeOf({ end, usage }: EndedImageRun): StoredOutcome {
  if (end.state === 'failed')
    return { usage, part: { type: 'error', error: end.error, executedModel: end.executedModel } };
  return { usage, part: { type: 'images', ...end.answer } };
}

/** The `settle` of `endAbandonedAnswer`: a run that is given up may have stored its outcome before. */
export const settleAbandonedRun =
  (runs: ImageRuns) =>
  async (requestId: string, { usage, part }: AbandonedOutcome): Promise<AbandonedOutcome> =>
    part.type === 'error'
      ? ((await storeOutcome(runs, requestId, { usage, part })) ?? { usage, part })
      : { usage, part };

function columnsOf(part: LastPart): ImageRunOutcome {
  if (part.type === 'error') return { state: 'failed', error: part.error, executedModel: part.executedModel };
  const { images, metadata, usage, created = Math.floor(Date.now() / 1000) } = part;
  return { state: 'answered', answer: { images, metadata, usage, created } };
}
