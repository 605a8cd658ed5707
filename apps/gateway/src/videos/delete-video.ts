import { apiError, fail, succeed, type Result, type UsageRecord } from '@lumenfall/contracts';
import { cancellationOf, isTerminal, jobOf, type VideoRow, type VideoStore } from '@lumenfall/videos';
import type { MediaStore } from '@lumenfall/media';
import type { JobProducer, UsageAppender } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';

/** Every lost race means that the video changed, which it does a limited number of times. */
const MAX_RACES = 20;

export interface DeletionTools {
  videos: VideoStore;
  media: Pick<MediaStore, 'remove'>;
  producer: JobProducer;
  usage: UsageAppender;
  log: Logger;
}

/**
 * Cancels a video in progress, or deletes the file of a finished one. Idempotent. Errors: `NOT_FOUND`, `OVERLOADED` if
 * every try lost against another change of the row.
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
  const message = 'The video could not be cancelled at the moment. Send the request again';
  return fail(apiError('OVERLOADED', message, { retryAfterMs: 1_000 }));
}

async function deleteOutput(row: VideoRow, { videos, media }: DeletionTools): Promise<boolean> {
  if (row.output === null) return true;
  await media.remove(row.output.name);
  return (await videos.move(row, { output: null })) !== null;
}

/** False if the row was changed meanwhile. */
async function cancel(row: VideoRow, tools: DeletionTools): Promise<boolean> {
  const changes = cancellationOf(row, new Date());
  const cancelled = await tools.videos.move(row, changes);
  if (cancelled === null) return false;
  await announce(cancelled, changes.usage, tools);
  return true;
}

/** Does what follows a cancellation. The sweep does it again if this fails, because the row has everything. */
async function announce(
  row: VideoRow,
  record: UsageRecord,
  { videos, media, producer, usage, log }: DeletionTools,
): Promise<void> {
  const { requestId } = row;
  try {
    // The worker cancels the provider's job.
    if (row.handle !== null) {
      const { name, id } = jobOf(row);
      await producer.enqueue(name, { requestId }, { id });
    }
    await usage.append(record);
    await videos.move(row, { usageQueuedAt: new Date() });
    const stored = (row.request?.inputReferences ?? []).filter((reference) => typeof reference !== 'string');
    await Promise.all(stored.map(({ name }) => media.remove(name)));
  } catch (error) {
    log.warn({ err: error, requestId }, 'what follows the cancellation of a video failed; the sweep does it again');
  }
}
