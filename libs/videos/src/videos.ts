import { Prisma, storable, type Client } from '@lumenfall/database';
import { videoAdmission } from './video-admission.js';
import { changedColumns, videoOf } from './video-row.js';
import type { OnUnreadable, VideoChanges, VideoRow, VideoStore } from './video-store.js';
import { ACTIVE_VIDEO_STATES } from './video-state.js';

const HOUR_MS = 3_600_000;

/** A pending video does not exist yet for the caller. */
const ADMITTED = { not: 'pending' };

export function videoStore(client: Client): VideoStore {
  return {
    ...videoAdmission(client),

    async get(requestId) {
      const row = await client.video.findUnique({ where: { requestId } });
      return row && videoOf(row);
    },

    async isTaken(upstreamId) {
      return (await client.video.count({ where: { upstreamId: storable(upstreamId) }, take: 1 })) > 0;
    },

    async find(organizationId, requestId) {
      const row = await client.video.findUnique({ where: { requestId, organizationId, state: ADMITTED } });
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
          state: ADMITTED,
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
      await client.$executeRaw`
        UPDATE videos SET usage_since = NULL FROM requests
        WHERE requests.id = videos.request_id AND requests.recorded_at IS NOT NULL AND usage_since < ${olderThan}`;
      const rows = await client.video.findMany({
        where: { usageSince: { lt: olderThan } },
        orderBy: { usageSince: 'asc' },
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
