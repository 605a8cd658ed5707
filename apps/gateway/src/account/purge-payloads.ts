import { apiError, fail, succeed, type Result } from '@lumenfall/contracts';
import type { ImageRunStore } from '@lumenfall/image-runs';
import type { MediaStore } from '@lumenfall/media';
import { PURGED_MESSAGE, type OpenPurge, type PayloadStore } from '@lumenfall/payloads';
import type { Logger } from '@lumenfall/service-kit';
import { isTerminal, type VideoChanges, type VideoRow, type VideoStore } from '@lumenfall/videos';
import { isDeepStrictEqual } from 'node:util';

export interface PurgeTools {
  payloads: PayloadStore;
  imageRuns: Pick<ImageRunStore, 'find' | 'forget'>;
  videos: Pick<VideoStore, 'find' | 'move'>;
  media: Pick<MediaStore, 'remove'>;
  log: Logger;
}

/** `DELETE /v1/requests/{id}/payloads`, 200. */
export interface PurgeAnswer {
  id: string;
  purged: true;
  already_purged: boolean;
  /** Files that this call removed. */
  media_deleted: number;
}

/** Every lost race means that the video changed, which it does a limited number of times. */
const MAX_RACES = 20;
const BATCH = 100;

/**
 * Removes the bodies and the media of a request. What a running request still makes is removed by `resumePurges` after
 * it has ended. Errors: `NOT_FOUND`.
 */
export async function purgePayloads(
  organizationId: string,
  requestId: string,
  tools: PurgeTools,
): Promise<Result<PurgeAnswer>> {
  const opened = await tools.payloads.openPurge(organizationId, requestId);
  if (opened === null) return fail(apiError('NOT_FOUND', 'No request of this organization has this id'));
  const mediaDeleted = await purgeMedia({ organizationId, requestId }, tools);
  return succeed({
    id: requestId,
    purged: true,
    already_purged: opened.alreadyPurged,
    media_deleted: mediaDeleted,
  });
}

/** Continues the purges that a crash or a running request left open. @returns the number of files removed */
export async function resumePurges(tools: PurgeTools): Promise<number> {
  let removed = 0;
  for (const purge of await tools.payloads.openPurges(BATCH)) {
    try {
      removed += await purgeMedia(purge, tools);
    } catch (error) {
      tools.log.error({ err: error, requestId: purge.requestId }, 'the media of a request could not be purged');
    }
  }
  return removed;
}

/** First the files, then the only rows that name them: after a crash in between, the files are found again. */
async function purgeMedia({ organizationId, requestId }: OpenPurge, tools: PurgeTools): Promise<number> {
  // Asked first: if it has ended, it makes no files after this.
  const ended = await tools.payloads.hasEnded(requestId);
  const images = await purgeImages(requestId, tools);
  const video = await purgeVideo({ organizationId, requestId }, ended, tools);
  if (ended) await tools.payloads.closePurge(requestId);
  return images + video;
}

async function purgeImages(requestId: string, { imageRuns, media }: PurgeTools): Promise<number> {
  const run = await imageRuns.find(requestId);
  if (run?.state !== 'answered') return 0;
  const removed = await removeAll(
    run.answer.images.map(({ file }) => file.name),
    media,
  );
  await imageRuns.forget(requestId);
  return removed;
}

/** @param ended the history has the usage record, so that the row need not keep it */
async function purgeVideo(
  { organizationId, requestId }: OpenPurge,
  ended: boolean,
  tools: PurgeTools,
): Promise<number> {
  let removed = 0;
  for (let race = 0; race < MAX_RACES; race += 1) {
    const row = await tools.videos.find(organizationId, requestId);
    // A running video needs its prompt.
    if (row === null || !isTerminal(row)) return removed;
    const { output, request } = row;
    const changes = purgedVideo(row, ended);
    if (isDeepStrictEqual(changes, pick(row, changes))) return removed;
    const references = (request?.inputReferences ?? []).flatMap((image) =>
      typeof image === 'string' ? [] : [image.name],
    );
    removed += await removeAll(output === null ? references : [output.name, ...references], tools.media);
    if ((await tools.videos.move(row, changes)) !== null) return removed;
  }
  throw new Error(`The video of ${requestId} changed ${MAX_RACES} times in a row`);
}

/** What providers said may quote the prompt. */
function purgedVideo({ error, attempts, usage }: VideoRow, ended: boolean) {
  return {
    output: null,
    request: null,
    prompt: null,
    clientMetadata: null,
    error: error && { ...error, message: PURGED_MESSAGE },
    attempts: attempts.map((attempt) => ({ ...attempt, message: null })),
    usage: ended ? null : usage,
  } satisfies VideoChanges;
}

const pick = (row: VideoRow, changes: VideoChanges): Partial<VideoRow> =>
  Object.fromEntries(Object.keys(changes).map((name) => [name, row[name as keyof VideoChanges]]));

async function removeAll(names: readonly string[], media: Pick<MediaStore, 'remove'>): Promise<number> {
  const removed = await Promise.all(names.map((name) => media.remove(name)));
  return removed.filter(Boolean).length;
}
