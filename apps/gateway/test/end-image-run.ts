import type { GeneratedImage, JobPayload, ReplyPart } from '@lumenfall/contracts';
import type { ImageRunStore } from '@lumenfall/image-runs';
import { metadata, type Send } from './scripted-worker.js';

type LastPart = Extract<ReplyPart, { type: 'images' | 'error' }>;

export const imagesPart = (images: GeneratedImage[], created = 1_700_000_000): LastPart => ({
  type: 'images',
  images,
  metadata,
  created,
});

/** Ends an image request as its worker does: first in the database, then by the reply. */
export async function endImageRun(
  database: { imageRuns: ImageRunStore },
  { requestContext }: Pick<JobPayload<'image.generate'>, 'requestContext'>,
  part: LastPart,
  send: Send,
): Promise<void> {
  const end =
    part.type === 'error'
      ? ({ state: 'failed', error: part.error, executedModel: part.executedModel } as const)
      : ({ state: 'answered', answer: { ...part, created: part.created ?? 0 } } as const);
  await database.imageRuns.end(requestContext.requestId, { end, usage: null });
  await send(part);
}
