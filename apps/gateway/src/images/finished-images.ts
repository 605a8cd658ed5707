import { fail, succeed, type ApiError, type Result } from '@lumenfall/contracts';
import type { ImageRunAnswer } from '@lumenfall/database';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';

export interface ImagesFailure {
  error: ApiError;
  executedModel: string | null;
  /** The work has not ended: who asks again finds it. */
  goesOn: boolean;
}

export type FinishedImages = Result<ImageRunAnswer, ImagesFailure>;

/**
 * Waits for the images. What the worker says is the quick way, what it wrote before is the truth: that is asked for where nothing
 * was heard. Null: the client left.
 *
 * @param written how the run has ended, null while it has not
 */
export async function finishedImages(
  answer: AwaitedAnswer,
  written: () => Promise<FinishedImages | null>,
): Promise<FinishedImages | null> {
  for (;;) {
    const event = await answer.next();
    if (event.type === 'cancelled') return null;
    if (event.type === 'parts') {
      for (const part of event.parts) {
        if (part.type === 'error') return failed(part.error, part.executedModel);
        if (part.type !== 'images') continue;
        const { images, metadata, created = Math.floor(Date.now() / 1000) } = part;
        return succeed({ images, metadata, created });
      }
      continue;
    }
    const end = await written();
    if (end !== null) return end;
    if (event.type === 'lost') return fail({ error: event.error, executedModel: null, goesOn: event.goesOn === true });
  }
}

export const failed = (error: ApiError, executedModel: string | null): FinishedImages =>
  fail({ error, executedModel, goesOn: false });
