import { Prisma, storable, type Client, type Transaction } from '@lumenfall/database';
import { imageRunEnds, readRun, type ReadableRun } from './image-run-outcomes.js';
import type { ImageRun, ImageRunBegin, ImageRunStore, NewImageRun } from './image-run-store.js';

const KEY_HOURS = 24;
const REPEAT_MINUTES = 10;
/** How long after the deadline that the gateway set a worker may still store the outcome of a run. */
const LATE_MINUTES = 5;

export function imageRunStore(client: Client): ImageRunStore {
  return {
    ...imageRunEnds(client),

    async begin(run, { repeated }) {
      if (run.idempotencyKey !== null) return client.$transaction((tx) => beginUnderKey(tx, run));
      const earlier = repeated ? await client.$transaction((tx) => joinMarked(tx, run)) : null;
      if (earlier !== null) return { outcome: 'repeat', run: earlier };
      await client.imageRun.create({ data: columnsOf(run) });
      return { outcome: 'begun' };
    },

    async find(requestId, { wanted } = { wanted: false }) {
      if (wanted) await wantOf(client, requestId);
      const row = await client.imageRun.findUnique({ where: { requestId } });
      return row && readRun(row);
    },

    async isWanted(requestId, withinMs) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT 1 FROM image_runs
        WHERE request_id = ${requestId} AND wanted_at > now() - ${withinMs} * interval '1 millisecond'`;
      return rows.length > 0;
    },

    async withdraw(requestId) {
      const { count } = await client.imageRun.deleteMany({ where: { requestId, state: 'running' } });
      return count > 0;
    },

    async forget(requestId) {
      await client.imageRun.updateMany({ where: { requestId, state: 'answered' }, data: { answer: Prisma.DbNull } });
    },

    async sweep() {
      // The key of an answered run stays reserved for its 24 hours; the answer is deleted with its files. A run with an
      // answer is kept: a purge finds the files by it.
      await client.$executeRaw`UPDATE image_runs SET answer = NULL WHERE answer IS NOT NULL AND media_until < now()`;
      return client.$executeRaw`
        DELETE FROM image_runs
        WHERE answer IS NULL AND usage_since IS NULL
          AND (created_at < now() - ${KEY_HOURS} * interval '1 hour'
            OR (idempotency_key IS NULL AND deadline < now() - ${LATE_MINUTES} * interval '1 minute'
                AND created_at < now() - ${REPEAT_MINUTES} * interval '1 minute'))`;
    },
  };
}

interface EarlierRow extends ReadableRun {
  bodyHash: string;
  /** Its idempotency key has expired. */
  stale: boolean;
  /** It is running, or its answer can still be replayed. */
  usable: boolean;
}

const COLUMNS = Prisma.sql`request_id AS "requestId", body_hash AS "bodyHash", state, deadline, answer, error,
  created_at < now() - ${KEY_HOURS} * interval '1 hour' AS stale,
  ((state = 'running' AND deadline > now()) OR (answer IS NOT NULL AND media_until > now())) AS usable`;

/** Each lost race means that another request created or deleted the row meanwhile. */
const MAX_RACES = 20;

async function beginUnderKey(tx: Transaction, run: NewImageRun): Promise<ImageRunBegin> {
  for (let race = 0; race < MAX_RACES; race += 1) {
    // Waits for a concurrent transaction with the same key, and inserts nothing if that one commits.
    const { count } = await tx.imageRun.createMany({ data: [columnsOf(run)], skipDuplicates: true });
    if (count === 1) return { outcome: 'begun' };
    const [earlier] = await tx.$queryRaw<EarlierRow[]>`
      SELECT ${COLUMNS} FROM image_runs
      WHERE organization_id = ${run.organizationId} AND idempotency_key = ${storable(run.idempotencyKey)}
      FOR UPDATE`;
    if (earlier === undefined) continue;
    if (!earlier.stale && earlier.bodyHash !== run.bodyHash) return { outcome: 'conflict' };
    const found = earlier.usable && !earlier.stale ? await join(tx, earlier) : null;
    if (found !== null) return { outcome: 'repeat', run: found };
    await freeKey(tx, earlier);
  }
  throw new Error(`The row of an idempotency key changed ${MAX_RACES} times in a row`);
}

/** Frees the key of a run. A run with an outcome keeps its row, because its usage record may not be applied yet. */
async function freeKey(tx: Transaction, { requestId, state }: EarlierRow): Promise<void> {
  if (state === 'running') await tx.imageRun.delete({ where: { requestId } });
  else await tx.imageRun.update({ where: { requestId }, data: { idempotencyKey: null } });
}

/**
 * Prefers the newest run that no repeat has joined: the same request may run twice at once, each with a repeat of its
 * own.
 */
async function joinMarked(tx: Transaction, { keyId, bodyHash }: NewImageRun): Promise<ImageRun | null> {
  const rows = await tx.$queryRaw<EarlierRow[]>`
    SELECT ${COLUMNS} FROM image_runs
    WHERE key_id = ${keyId} AND body_hash = ${bodyHash}
      AND created_at > now() - ${REPEAT_MINUTES} * interval '1 minute'
    ORDER BY wanted_at IS NOT NULL, created_at DESC
    LIMIT 5
    FOR UPDATE`;
  const usable = rows.find((row) => row.usable);
  return usable === undefined ? null : join(tx, usable);
}

async function join(tx: Transaction, row: EarlierRow): Promise<ImageRun | null> {
  await wantOf(tx, row.requestId);
  return readRun(row);
}

async function wantOf(client: Client | Transaction, requestId: string): Promise<void> {
  await client.$executeRaw`UPDATE image_runs SET wanted_at = now() WHERE request_id = ${requestId}`;
}

const columnsOf = ({ requestId, organizationId, keyId, idempotencyKey, bodyHash, deadline }: NewImageRun) => ({
  requestId,
  organizationId,
  keyId,
  idempotencyKey: storable(idempotencyKey),
  bodyHash,
  deadline,
});
