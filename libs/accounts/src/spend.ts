import type { Client } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';

export interface SpendQuery {
  organizationId: string;
  /** Null: the spend of all keys. */
  keyId: string | null;
  /** Start of a UTC day, Unix ms. */
  day: number;
  /** Start of its month, Unix ms. */
  month: number;
  /** Requests that may be recorded meanwhile. */
  requestIds: readonly string[];
}

/** What the ledger says, read in one statement. */
export interface Spend {
  /** Charges of the day. */
  dayMicros: Micros;
  /** Charges of the month. */
  monthMicros: Micros;
  /** Those of the asked requests that are recorded: their charges, if any, are included. */
  recorded: string[];
}

export interface SpendReader {
  /** Reads at most 31 rows, and one for each of the asked requests. */
  read(query: SpendQuery): Promise<Spend>;
}

const spendSchema = z.tuple([z.object({ day: z.bigint(), month: z.bigint(), recorded: z.array(z.string()) })]);

export function spendReader(client: Client): SpendReader {
  return {
    async read({ organizationId, keyId, day, month, requestIds }) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT COALESCE(SUM(spent_micros) FILTER (WHERE day = ${dateOf(day)}::date), 0)::bigint AS day,
          COALESCE(SUM(spent_micros), 0)::bigint AS month,
          ARRAY(SELECT id FROM requests WHERE id = ANY(${[...requestIds]}) AND recorded_at IS NOT NULL) AS recorded
        FROM spend_days
        WHERE organization_id = ${organizationId} AND key_id = ${keyId ?? ''} AND day >= ${dateOf(month)}::date`;
      const [row] = spendSchema.parse(rows);
      return { dayMicros: micros(row.day), monthMicros: micros(row.month), recorded: row.recorded };
    },
  };
}

const dateOf = (moment: number): string => new Date(moment).toISOString().slice(0, 10);
