import { modalitySchema, type Modality } from '@lumenfall/contracts';
import type { Client } from '@lumenfall/database';
import { z } from 'zod';
import { holdTiming, type HoldTiming } from './holds.js';

/** A hold whose time to be reviewed has come. */
export interface DueHold {
  requestId: string;
  modality: Modality;
  /** True if the database has a row that will settle the hold: a video, or the outcome of an image run. */
  hasRow: boolean;
  /** True if the job of the request should have ended. */
  overdue: boolean;
  /** How long ago an earlier review found nothing that works on the request, in ms; null if none did. */
  doubtedForMs: number | null;
}

export interface OpenHolds {
  count: number;
  micros: number;
  /** 0 if there is none. */
  oldestSeconds: number;
}

/**
 * The life of a hold between its placement and its end. It counts until it ends, and is reviewed from time to time: a
 * review extends it if something will settle it. Otherwise the review doubts it, and the next one, a little later,
 * ends it, unless something has been found by then: the usage record of a job that just ended may be on its way.
 * Several processes may review at once.
 */
export interface HoldReviews {
  /** At most `limit` holds whose review is due, the most overdue first. */
  due(limit: number): Promise<DueHold[]>;
  /** Plans the next review; the hold is not doubted any more. */
  extend(requestIds: readonly string[]): Promise<void>;
  /** Notes that nothing works on the request, and plans the review that decides. */
  doubt(requestIds: readonly string[]): Promise<void>;
  /**
   * Ends doubted holds as expired, unless they have been settled, released or extended meanwhile. A usage record that
   * comes later is charged all the same.
   *
   * @returns the ids of the holds that this call ended
   */
  expire(requestIds: readonly string[]): Promise<string[]>;
  /** Deletes tombstones older than `olderThanMs`. @returns their number */
  forgetTombstones(olderThanMs: number): Promise<number>;
  open(): Promise<OpenHolds>;
}

/** How long after its deadline a job may still end: its worker writes the outcome and sends the record. */
const LATE_MS = 30_000;

const dueSchema = z.array(
  z.object({
    requestId: z.string(),
    modality: modalitySchema,
    hasRow: z.boolean(),
    overdue: z.boolean(),
    doubtedForMs: z.number().nullable(),
  }),
);
const idsSchema = z.array(z.object({ requestId: z.string() }));
const openSchema = z.tuple([z.object({ count: z.int(), micros: z.coerce.number(), oldestSeconds: z.coerce.number() })]);

export function holdReviews(client: Client, { reviewMs, doubtMs }: HoldTiming = holdTiming()): HoldReviews {
  return {
    async due(limit) {
      // A pending video has no hold yet as far as its gateway knows; if the gateway died, nothing continues it.
      const rows = await client.$queryRaw<unknown[]>`
        SELECT request_id AS "requestId", modality, 
          (extract(epoch FROM clock_timestamp() - doubted_at) * 1000)::float8 AS "doubtedForMs",
          deadline < clock_timestamp() - ${LATE_MS} * interval '1 millisecond' AS overdue,
          CASE modality
            WHEN 'video' THEN EXISTS (
              SELECT 1 FROM videos WHERE videos.request_id = holds.request_id AND videos.state <> 'pending')
            WHEN 'image' THEN EXISTS (
              SELECT 1 FROM image_runs WHERE image_runs.request_id = holds.request_id AND image_runs.usage IS NOT NULL)
            ELSE false
          END AND NOT EXISTS (
            SELECT 1 FROM requests WHERE requests.id = holds.request_id AND requests.recorded_at IS NOT NULL
          ) AS "hasRow"
        FROM holds WHERE state = 'held' AND expires_at <= clock_timestamp()
        ORDER BY expires_at LIMIT ${limit}`;
      return dueSchema.parse(rows);
    },

    // The statements below skip locked rows: they never wait for a settlement, so they cannot deadlock with one.
    async extend(requestIds) {
      await client.$executeRaw`
        UPDATE holds SET doubted_at = NULL, expires_at = clock_timestamp() + ${reviewMs} * interval '1 millisecond'
        WHERE request_id IN (
          SELECT request_id FROM holds WHERE request_id = ANY(${requestIds}) AND state = 'held'
          FOR UPDATE SKIP LOCKED)`;
    },

    async doubt(requestIds) {
      await client.$executeRaw`
        UPDATE holds SET doubted_at = clock_timestamp(),
          expires_at = clock_timestamp() + ${doubtMs} * interval '1 millisecond'
        WHERE request_id IN (
          SELECT request_id FROM holds WHERE request_id = ANY(${requestIds}) AND state = 'held' AND doubted_at IS NULL
          FOR UPDATE SKIP LOCKED)`;
    },

    async expire(requestIds) {
      const rows = await client.$queryRaw<unknown[]>`
        UPDATE holds SET state = 'expired' WHERE request_id IN (
          SELECT request_id FROM holds
          WHERE request_id = ANY(${requestIds}) AND state = 'held' AND doubted_at IS NOT NULL
            AND expires_at <= clock_timestamp()
          FOR UPDATE SKIP LOCKED)
        RETURNING request_id AS "requestId"`;
      return idsSchema.parse(rows).map(({ requestId }) => requestId);
    },

    forgetTombstones: (olderThanMs) =>
      client.$executeRaw`
        DELETE FROM holds WHERE state = 'released' AND amount_micros = 0
          AND ended_at < clock_timestamp() - ${olderThanMs} * interval '1 millisecond'`,

    async open() {
      const [row] = openSchema.parse(
        await client.$queryRaw<unknown[]>`
          SELECT COUNT(*)::int AS count, COALESCE(SUM(amount_micros), 0)::float8 AS micros,
            COALESCE(extract(epoch FROM clock_timestamp() - MIN(created_at)), 0)::float8 AS "oldestSeconds"
          FROM holds WHERE state = 'held'`,
      );
      return row;
    },
  };
}
