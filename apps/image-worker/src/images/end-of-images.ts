import { apiError, executedModelOf, NOTHING_CHARGED, type ApiError, type GeneratedImage } from '@lumenfall/contracts';
import { ownFailure, routeError } from '@lumenfall/execution';
import { answerMetadataOf, imageUsageOf, type WorkOutcome } from '@lumenfall/metering';
import type { AbortReason } from '@lumenfall/queue';
import type { LastPart } from './keep-end.js';
import type { ImageJob, ImageRouteEnd } from './run-image-route.js';

export interface EndOfImages {
  work: WorkOutcome;
  /** What the gateway is told last. */
  part: LastPart;
}

/** Some or all images were made and stored: the request is completed, and charged for those. */
export function endWithImages({ plan }: ImageJob, end: ImageRouteEnd, images: GeneratedImage[]): EndOfImages {
  const { offering, charge, attempts, choice } = end;
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

/** No image was made. */
export function endWithoutImages(
  { plan }: ImageJob,
  { offering, failure, attempts, choice }: ImageRouteEnd,
): EndOfImages {
  const error = routeError(plan, offering, failure ?? ownFailure('empty', 'made no image'));
  return failed({ error, attempts, choice, executedModel: executedModelOf(offering) });
}

/** The pictures to work on are gone: nothing was tried. */
export function endWithoutInputs(): EndOfImages {
  const message = 'The pictures of the request are no longer there. Please send it again';
  return failed({ error: apiError('OVERLOADED', message), attempts: [], choice: null, executedModel: null });
}

/**
 * The client left, or its time was over. A client that left pays for what was made for it until then; one that was kept
 * waiting too long got nothing and pays nothing.
 *
 * @param end null where the work had not begun
 */
export function endOfStoppedImages(
  stopped: Exclude<AbortReason, 'handed-back'>,
  end: ImageRouteEnd | null,
): EndOfImages {
  const attempts = end?.attempts ?? [];
  const choice = end?.choice ?? null;
  const executedModel = end === null ? null : executedModelOf(end.offering);
  if (stopped === 'timed-out') {
    const error = apiError('TIMEOUT', 'The request took longer than it may');
    return failed({ error, attempts, choice, executedModel });
  }
  const error = apiError('CANCELLED', 'The request was cancelled');
  const { work, part } = failed({ error, attempts, choice, executedModel });
  const made = end !== null && end.pictures.length > 0 ? end : null;
  return {
    work:
      made === null
        ? { ...work, status: 'cancelled' }
        : { ...work, status: 'cancelled', offering: made.offering, charge: made.charge, attempts: made.attempts },
    part,
  };
}

function failed({
  error,
  attempts,
  choice,
  executedModel,
}: Pick<WorkOutcome, 'attempts' | 'choice'> & { error: ApiError; executedModel: string | null }): EndOfImages {
  return {
    work: {
      status: 'upstream_failure',
      offering: null,
      charge: NOTHING_CHARGED,
      // What one of them made in vain is not paid either.
      attempts: attempts.map((attempt) => ({ ...attempt, costMicros: 0 })),
      error,
      responseSizeBytes: null,
      choice,
    },
    part: { type: 'error', error, executedModel },
  };
}
