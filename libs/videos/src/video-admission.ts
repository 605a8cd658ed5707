import { storable, type Client, type Prisma, type Transaction } from '@lumenfall/database';
import { newVideoColumns, videoOf } from './video-row.js';
import type { EarlierVideo, NewVideo, VideoRow, VideoStore } from './video-store.js';

const IDEMPOTENCY_WINDOW_MS = 24 * 3_600_000;
/** Each lost race means that another request with the same key was withdrawn meanwhile. */
const MAX_RACES = 20;

/** From the pending row of a request, which is written before its hold is placed, to a video that is to be made. */
export function videoAdmission(
  client: Client,
): Pick<VideoStore, 'create' | 'admit' | 'withdraw' | 'withdrawForgotten' | 'findEarlier'> {
  return {
    create: (input) =>
      client.$transaction(async (tx) => {
        await freeOldIdempotencyKey(tx, input);
        for (let race = 0; race < MAX_RACES; race += 1) {
          // Waits for a concurrent transaction with the same key, and inserts nothing if that one commits.
          const [inserted] = await tx.video.createManyAndReturn({
            data: [newVideoColumns(input)],
            skipDuplicates: true,
          });
          if (inserted) return { outcome: 'created', video: videoOf(inserted) };
          const existing = await tx.video.findFirst({ where: sameKeyOrId(input) });
          if (existing !== null) return earlier(existing, input.bodyHash);
        }
        throw new Error(`The row of an idempotency key changed ${MAX_RACES} times in a row`);
      }),

    admit: (requestId) =>
      client.$transaction(async (tx) => {
        const [admitted] = await tx.video.updateManyAndReturn({
          where: { requestId, state: 'pending' },
          data: { state: 'queued' },
        });
        if (admitted === undefined) return null;
        const video = videoOf(admitted);
        await tx.request.create({ data: historyRow(video) });
        return video;
      }),

    async withdraw(requestId) {
      const { count } = await client.video.deleteMany({ where: { requestId, state: 'pending' } });
      return count > 0;
    },

    async withdrawForgotten(olderThan) {
      const { count } = await client.video.deleteMany({
        where: { state: 'pending', nextActionAt: { lt: olderThan } },
      });
      return count;
    },

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
  };
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

function historyRow({ requestContext }: VideoRow): Prisma.RequestUncheckedCreateInput {
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
