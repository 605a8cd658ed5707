import {
  fail,
  succeed,
  type AnswerMetadata,
  type ApiError,
  type GeneratedImage,
  type Result,
} from '@lumenfall/contracts';
import type { AwaitedAnswer } from '../answers/awaited-answer.js';

export interface ImagesFailure {
  error: ApiError;
  executedModel: string | null;
}

/** Waits for the images. Null: the client left. */
export async function finishedImages(
  answer: AwaitedAnswer,
): Promise<Result<{ images: GeneratedImage[]; metadata: AnswerMetadata }, ImagesFailure> | null> {
  for (;;) {
    const event = await answer.next();
    if (event.type === 'cancelled') return null;
    if (event.type === 'lost') return fail({ error: event.error, executedModel: null });
    if (event.type === 'silence') continue;
    for (const part of event.parts) {
      if (part.type === 'images') return succeed({ images: part.images, metadata: part.metadata });
      if (part.type === 'error') return fail({ error: part.error, executedModel: part.executedModel });
    }
  }
}
