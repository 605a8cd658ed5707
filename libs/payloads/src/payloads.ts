import { RETENTION_MS } from '@lumenfall/contracts';
import { Prisma, storableText, type Client, type Transaction } from '@lumenfall/database';
import { z } from 'zod';
import { PURGED_MESSAGE, type KeptBody, type PayloadStore } from './payload-store.js';

/** Of the UTF-8 text of one body. */
const MAX_BYTES = 512 * 1024;
/** Marks a text that is only the beginning of a body: no JSON begins with it. */
const CUT = '\u2026';
const ENDED = Prisma.sql`requests.status NOT IN ('pending', 'processing')`;
/** A request that is not in the history by then was lost, and makes no more files. */
const LOST = Prisma.sql`purge_open_since < now() - interval '3 hours'`;

const openPurgesSchema = z.array(z.object({ requestId: z.string(), organizationId: z.string() }));
const purgedSchema = z.tuple([z.object({ repeated: z.boolean() })]);

export function payloadStore(client: Client): PayloadStore {
  return {
    async keepRequest({ requestId, organizationId, retention }, body) {
      await client.$executeRaw`
        INSERT INTO payloads (request_id, organization_id, request, expires_at)
        VALUES (${requestId}, ${organizationId}, ${textOf(body)},
          now() + ${RETENTION_MS[retention]} * interval '1 millisecond')
        ON CONFLICT (request_id) DO NOTHING`;
    },

    async keepResponse(requestId, body) {
      await client.$executeRaw`
        UPDATE payloads SET response = ${textOf(body)} WHERE request_id = ${requestId} AND purged_at IS NULL`;
    },

    async find(organizationId, requestId) {
      const row = await client.payload.findUnique({ where: { requestId, organizationId } });
      if (row === null || row.expiresAt === null || row.expiresAt.getTime() <= Date.now()) return null;
      return { request: bodyOf(row.request), response: bodyOf(row.response), expiresAt: row.expiresAt };
    },

    openPurge: (organizationId, requestId) =>
      client.$transaction(async (tx) => {
        if (!(await isKnown(tx, organizationId, requestId))) return null;
        const rows = await tx.$queryRaw<unknown[]>`
          INSERT INTO payloads AS kept (request_id, organization_id, purged_at, purge_open_since)
          VALUES (${requestId}, ${organizationId}, now(), now())
          ON CONFLICT (request_id) DO UPDATE SET request = NULL, response = NULL, expires_at = NULL,
            purged_at = COALESCE(kept.purged_at, now()), purge_open_since = COALESCE(kept.purge_open_since, now())
          RETURNING purged_at <> now()::timestamptz(3) AS repeated`;
        await forgetMessages(tx, requestId);
        return { alreadyPurged: purgedSchema.parse(rows)[0].repeated };
      }),

    async hasEnded(requestId) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT 1 FROM requests WHERE id = ${requestId} AND ${ENDED}
        UNION ALL
        SELECT 1 FROM payloads WHERE request_id = ${requestId} AND ${LOST}`;
      return rows.length > 0;
    },

    async closePurge(requestId) {
      await client.$transaction(async (tx) => {
        await forgetMessages(tx, requestId);
        await tx.$executeRaw`UPDATE payloads SET purge_open_since = NULL WHERE request_id = ${requestId}`;
      });
    },

    async openPurges(limit) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT request_id AS "requestId", payloads.organization_id AS "organizationId"
        FROM payloads LEFT JOIN requests ON requests.id = request_id
        WHERE purge_open_since IS NOT NULL AND (${ENDED} OR ${LOST})
        ORDER BY purge_open_since LIMIT ${limit}`;
      return openPurgesSchema.parse(rows);
    },

    sweep: () => client.$executeRaw`DELETE FROM payloads WHERE expires_at < now()`,
  };
}

/** Deletes what providers said, which may quote the request; the codes of the errors stay. */
async function forgetMessages(tx: Transaction, requestId: string): Promise<void> {
  await tx.$executeRaw`UPDATE attempts SET message = NULL WHERE request_id = ${requestId} AND message IS NOT NULL`;
  await tx.$executeRaw`
    UPDATE requests SET error_message = NULL
    WHERE id = ${requestId} AND error_message IS NOT NULL AND status <> 'rejected'`;
  await tx.$executeRaw`
    UPDATE image_runs SET error = jsonb_set(error, '{error,message}', to_jsonb(${PURGED_MESSAGE}::text))
    WHERE request_id = ${requestId} AND error IS NOT NULL`;
  // The usage record has the messages too; the history has what it needs of it.
  await tx.$executeRaw`
    UPDATE image_runs SET usage = NULL, usage_since = NULL
    FROM requests WHERE request_id = ${requestId} AND requests.id = request_id AND ${ENDED}`;
}

/** A running request is known by its row, if it has one, before the history has it. */
async function isKnown(tx: Transaction, organizationId: string, requestId: string): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM requests WHERE id = ${requestId} AND organization_id = ${organizationId}
    UNION ALL SELECT 1 FROM payloads WHERE request_id = ${requestId} AND organization_id = ${organizationId}
    UNION ALL SELECT 1 FROM image_runs WHERE request_id = ${requestId} AND organization_id = ${organizationId}
    UNION ALL SELECT 1 FROM videos WHERE request_id = ${requestId} AND organization_id = ${organizationId}
    LIMIT 1`;
  return rows.length > 0;
}

function textOf(body: unknown): string {
  const bytes = Buffer.from(storableText(JSON.stringify(body) ?? 'null'));
  if (bytes.length <= MAX_BYTES) return bytes.toString();
  // A character that is cut in two becomes a replacement character.
  return CUT + bytes.subarray(0, MAX_BYTES).toString();
}

function bodyOf(text: string | null): KeptBody | null {
  if (text === null) return null;
  return text.startsWith(CUT) ? { text: text.slice(CUT.length) } : { json: JSON.parse(text) };
}
