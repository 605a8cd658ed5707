import type { RoutePorts } from '@lumenfall/execution';
import type { MediaStore } from '@lumenfall/media';
import type { fetchMedia, TimeLimits, VideoProvider } from '@lumenfall/providers';
import type { JobProducer, UsageLog } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';
import {
  assertLegalMove,
  isTerminal,
  jobOf,
  type VideoChanges,
  type VideoRow,
  type VideoStore,
} from '@lumenfall/videos';
import { removeReferenceImages } from './reference-images.js';

/** Everything outside the process that the work on videos uses. */
export interface VideoPorts extends Omit<RoutePorts<VideoProvider>, 'limits'> {
  videos: Omit<VideoStore, 'create' | 'admit' | 'withdraw' | 'findEarlier' | 'find' | 'list'>;
  producer: JobProducer;
  usage: Pick<UsageLog, 'append' | 'mayHave'>;
  /** Of a submission, and of the short calls afterwards. */
  limits: Record<'submit' | 'poll', TimeLimits>;
  fetchMedia: typeof fetchMedia;
  store: Pick<MediaStore, 'save' | 'open' | 'remove'>;
  log: Logger;
}

/** Moves a row by compare-and-set; null if another process moved it first. */
export function moveVideo(
  row: VideoRow,
  changes: VideoChanges,
  { videos }: Pick<VideoPorts, 'videos'>,
): Promise<VideoRow | null> {
  if (changes.state !== undefined) assertLegalMove(row.state, changes.state);
  return videos.move(row, changes);
}

/** Moves a row and adds its next job, or sends its usage record if it has ended. Returns as `moveVideo`. */
export async function moveOn(
  row: VideoRow,
  changes: VideoChanges,
  ports: Pick<VideoPorts, 'producer' | 'usage' | 'videos' | 'store' | 'log'>,
): Promise<VideoRow | null> {
  const moved = await moveVideo(row, changes, ports);
  if (moved !== null) await followUp(moved, ports);
  return moved;
}

/**
 * Adds the next job of a row that was moved; sends its usage record and removes its reference images if it has ended.
 */
export async function followUp(
  row: VideoRow,
  ports: Pick<VideoPorts, 'producer' | 'usage' | 'videos' | 'store' | 'log'>,
): Promise<void> {
  if (isTerminal(row)) {
    await sendUsage(row, ports);
    return removeReferenceImages(row, ports);
  }
  const { name, id } = jobOf(row);
  const delayMs = Math.max(0, row.nextActionAt.getTime() - Date.now());
  await ports.producer.enqueue(name, { requestId: row.requestId }, { id, delayMs });
}

/**
 * Sends the usage record of an ended video to billing. The row is the outbox: until the request history has the record,
 * the sweep sends it again if the usage log has lost it. False if there is nothing to send.
 */
export async function sendUsage(
  row: VideoRow,
  { usage, videos }: Pick<VideoPorts, 'usage' | 'videos'>,
): Promise<boolean> {
  const { requestId, usageQueuedAt } = row;
  if (row.usage === null || (usageQueuedAt !== null && (await usage.mayHave(requestId, usageQueuedAt)))) return false;
  await usage.append(row.usage);
  await videos.move(row, { usageQueuedAt: new Date() });
  return true;
}
