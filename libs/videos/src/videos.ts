import { Prisma, storable, type Client, type Transaction } from '@lumenfall/database';
import { changedColumns, newVideoColumns, videoOf } from './video-row.js';
import type { EarlierVideo, NewVideo, OnUnreadable, VideoChanges, VideoRow, VideoStore } from './video-store.js';
import { ACTIVE_VIDEO_STATES } from './video-state.js';

const HOUR_MS = 3_600_000;
const IDEMPOTENCY_WINDOW_MS = 24 * HOUR_MS;

export function videoStore(client: Client): VideoStore {
  return {
    create: (input) =>
      client.$transaction(async (tx) => {
        await freeOldIdempotencyKey(tx, input);
        // Waits for a concurrent transaction with the same key, and inserts nothing if that one commits.
        const [inserted] = await tx.video.createManyAndReturn({
          data: [newVideoColumns(input)],
          skipDuplicates: true,
        });
        if (inserted) {
          await tx.request.create({ data: historyRow(input) });
          return { outcome: 'created', video: videoOf(inserted) };
        }
        const existing = await tx.video.findFirstOrThrow({ where: sameKeyOrId(input) });
        return earlier(existing, input.bodyHash);
      }),

    async findEarlier({ organizationId, idempotencyKey, bodyHash }) {
      const row = await client.video.findFirst({
        where: {
          organizationId,
          idempotencyKey: storable(idempotencyKey),
          createdAt: { gt: new Date(Date.now() - IDEMPOTENCY_WINDOW_MS) },
        },
      });
      return row && earlier(row, bodyHash);
    },

    async get(requestId) {
      const row = await client.video.findUnique({ where: { requestId } });
      return row && videoOf(row);
    },

    async isTaken(upstreamId) {
      return (await client.video.count({ where: { upstreamId: storable(upstreamId) }, take: 1 })) > 0;
    },

    async find(organizationId, requestId) {
      const row = await client.video.findUnique({ where: { requestId, organizationId } });
      return row && videoOf(row);
    },

    async list(organizationId, { after, limit, order }) {
      const from =
        after === undefined
          ? null
          : await client.video.findUnique({
              where: { requestId: after, organizationId },
              select: { requestId: true, createdAt: true },
            });
      if (after !== undefined && !from) return { videos: [], hasMore: false };
      const beyond = order === 'desc' ? 'lt' : 'gt';
      const rows = await client.video.findMany({
        where: {
          organizationId,
          ...(from && {
            OR: [
              { createdAt: { [beyond]: from.createdAt } },
              { createdAt: from.createdAt, requestId: { [beyond]: from.requestId } },
            ],
          }),
        },
        orderBy: [{ createdAt: order }, { requestId: order }],
        take: limit + 1,
      });
      return { videos: rows.slice(0, limit).map(videoOf), hasMore: rows.length > limit };
    },

    async move({ requestId, version }, changes) {
      const [moved] = await client.video.updateManyAndReturn({
        where: { requestId, version },
        data: { ...changedColumns(changes), ...forgetting(changes), version: { increment: 1 } },
      });
      return moved ? videoOf(moved) : null;
    },

    async findOverdue(now, limit, onUnreadable) {
      const rows = await client.video.findMany({
        where: { state: { in: [...ACTIVE_VIDEO_STATES] }, nextActionAt: { lt: now } },
        orderBy: { nextActionAt: 'asc' },
        take: limit,
      });
      return readable(rows, onUnreadable);
    },

    async findUnrecorded(olderThan, limit, onUnreadable) {
      const rows = await client.video.findMany({
        where: { usageQueuedAt: null, completedAt: { lt: olderThan }, usage: { not: Prisma.DbNull } },
        orderBy: { completedAt: 'asc' },
        take: limit,
      });
      return readable(rows, onUnreadable);
    },

    async forgetExpired(now) {
      const { count } = await client.video.updateMany({
        where: { forgetAt: { lt: now }, completedAt: { not: null } },
        data: {
          prompt: null,
          request: Prisma.DbNull,
          clientMetadata: Prisma.DbNull,
          forgetAt: null,
          version: { increment: 1 },
        },
      });
      return count;
    },
  };
}

/**
 * When the texts of the caller are deleted: with the media; an hour after the end if there are none; at once if the
 * media were deleted.
 */
function forgetting({ output, completedAt }: Pick<VideoChanges, 'output' | 'completedAt'>): { forgetAt?: Date } {
  if (output) return { forgetAt: new Date(output.expiresAt) };
  if (completedAt) return { forgetAt: new Date(completedAt.getTime() + HOUR_MS) };
  return output === null ? { forgetAt: new Date() } : {};
}

function earlier(row: Parameters<typeof videoOf>[0], bodyHash: string): EarlierVideo {
  return { outcome: row.bodyHash === bodyHash ? 'replayed' : 'conflict', video: videoOf(row) };
}

/** Frees the idempotency keys of videos that are older than a day. */
async function freeOldIdempotencyKey(tx: Transaction, { requestContext, idempotencyKey }: NewVideo): Promise<void> {
  if (idempotencyKey === null) return;
  await tx.video.updateMany({
    where: {
      organizationId: requestContext.organizationId,
      idempotencyKey: storable(idempotencyKey),
      createdAt: { lte: new Date(Date.now() - IDEMPOTENCY_WINDOW_MS) },
    },
    data: { idempotencyKey: null },
  });
}

/** Matches the rows that conflict with a new one. A repeated request id is a repeat of the same write. */
function sameKeyOrId({ requestContext, idempotencyKey }: NewVideo): Prisma.VideoWhereInput {
  const { requestId, organizationId } = requestContext;
  return idempotencyKey === null
    ? { requestId, organizationId }
    : { organizationId, OR: [{ requestId }, { idempotencyKey: storable(idempotencyKey) }] };
}

function historyRow({ requestContext }: NewVideo): Prisma.RequestUncheckedCreateInput {
  return {
    id: requestContext.requestId,
    organizationId: requestContext.organizationId,
    keyId: requestContext.keyId,
    modality: requestContext.modality,
    endpoint: requestContext.endpoint,
    model: storable(requestContext.model),
    status: 'processing',
    createdAt: new Date(requestContext.createdAt),
    sessionId: storable(requestContext.sessionId),
    traceId: storable(requestContext.traceId),
    user: storable(requestContext.user),
    requestSizeBytes: requestContext.requestSizeBytes === null ? null : BigInt(requestContext.requestSizeBytes),
  };
}

function readable(rows: readonly Parameters<typeof videoOf>[0][], onUnreadable: OnUnreadable): VideoRow[] {
  return rows.flatMap((row) => {
    try {
      return [videoOf(row)];
    } catch (error) {
      onUnreadable(row.requestId, error);
      return [];
    }
  });
}
