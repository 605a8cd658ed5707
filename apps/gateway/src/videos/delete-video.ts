import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import { cancellationOf, isTerminal, jobOf, type VideoRow, type VideoStore } from '@lumenfall/videos';
import type { MediaStore } from '@lumenfall/media';
import type { JobProducer } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';

/** Each lost race means that the video moved on, which it can only do so often. */
const MAX_RACES = 20;

export interface DeletionTools {
  videos: VideoStore;
  media: Pick<MediaStore, 'remove'>;
  producer: JobProducer;
  log: Logger;
}

/**
 * Cancels a video on its way, or deletes the file of a finished one; a repeat changes nothing. Errors: `NOT_FOUND`, `OVERLOADED`
 * where the row never stood still.
 */
export async function deleteVideo(
  organizationId: string,
  requestId: string | null,
  tools: DeletionTools,
): Promise<Result<void>> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    const row = requestId === null ? null : await tools.videos.find(organizationId, requestId);
    if (row === null) return fail(apiError('NOT_FOUND', 'There is no such video'));
    const done = isTerminal(row) ? await deleteOutput(row, tools) : await cancel(row, tools);
    if (done) return succeed(undefined);
  }
  return fail(
    apiError('OVERLOADED', 'The video could not be cancelled right now. Please try again', { retryAfterMs: 1_000 }),
  );
}

async function deleteOutput(row: VideoRow, { videos, media }: DeletionTools): Promise<boolean> {
  if (row.output === null) return true;
  await media.remove(row.output.name);
  return (await videos.move(row, { output: null })) !== null;
}

/** False where somebody moved the video first. */
async function cancel(row: VideoRow, tools: DeletionTools): Promise<boolean> {
  const changes = cancellationOf(row, new Date());
  const cancelled = await tools.videos.move(row, changes);
  if (cancelled === null) return false;
  await tellOthers(cancelled, changes.usage, tools);
  return true;
}

/** The row holds the truth already; what is not told here is told by the sweep. */
async function tellOthers(
  row: VideoRow,
  usage: ReturnType<typeof cancellationOf>['usage'],
  tools: DeletionTools,
): Promise<void> {
  const { requestId } = row;
  try {
    // A worker that meets a cancelled video with a provider's handle stops it there.
    if (row.handle !== null) {
      const { name, id } = jobOf(row);
      await tools.producer.enqueue(name, { requestId }, { id });
    }
    await tools.producer.enqueue('usage.record', usage, { id: requestId });
    await tools.videos.move(row, { usageQueuedAt: new Date() });
  } catch (error) {
    tools.log.warn({ err: error, requestId }, 'a cancelled video was not announced; the sweep will');
  }
}
