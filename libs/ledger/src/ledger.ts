import type { UsageRecord } from '@lumenfall/contracts';
import { storable, type Client, type Transaction } from '@lumenfall/database';
import { micros, type Micros } from '@lumenfall/money';
import { z } from 'zod';

/** A usage record and its cost. */
export interface PricedRecord {
  record: UsageRecord;
  costMicros: Micros;
  /** True if a quantity had no price: it is recorded at cost 0 and marked in the history. */
  unpriced: boolean;
}

/** The figures that decide what an account can spend, read in one statement. */
export interface AccountFigures {
  billingType: 'prepaid' | 'postpaid';
  balanceMicros: Micros;
  creditLimitMicros: Micros;
  /** Sum of the active holds. */
  heldMicros: Micros;
  /** Charges of the last hour, to the minute. */
  lastHourMicros: Micros;
}

export interface LedgerStore {
  /**
   * Applies records, each exactly once and all in one transaction: history row, attempts, price version, charge,
   * balance and hold. A record that was applied before changes nothing. If the database refuses one record, none is
   * applied.
   *
   * @returns the ids of the requests that this call recorded
   */
  apply(usages: readonly PricedRecord[]): Promise<Set<string>>;
  /** Null for an unknown organization. */
  figures(organizationId: string): Promise<AccountFigures | null>;
  /** Adds credit, once per reference. */
  grant(organizationId: string, amount: Micros, reference: string): Promise<void>;
  /** Deletes the spend of minutes before `olderThan`, which no balance counts any more. @returns the number of rows */
  forgetSpend(olderThan: Date): Promise<number>;
}

const figuresSchema = z.tuple([
  z.object({
    billing_type: z.enum(['prepaid', 'postpaid']),
    balance: z.bigint(),
    credit_limit: z.bigint(),
    held: z.bigint(),
    last_hour: z.bigint(),
  }),
]);

export function ledgerStore(client: Client): LedgerStore {
  return {
    apply: (usages) => applyUsage(client, usages),

    async figures(organizationId) {
      const rows = await client.$queryRaw<unknown[]>`
        SELECT billing_type, balance_micros AS balance, credit_limit_micros AS credit_limit,
          (SELECT COALESCE(SUM(amount_micros), 0)::bigint FROM holds
            WHERE organization_id = accounts.organization_id AND state = 'held' AND expires_at > now()) AS held,
          (SELECT COALESCE(SUM(spent_micros), 0)::bigint FROM spend_minutes
            WHERE organization_id = accounts.organization_id AND minute > now() - interval '1 hour') AS last_hour
        FROM accounts WHERE organization_id = ${organizationId}`;
      if (rows.length === 0) return null;
      const [row] = figuresSchema.parse(rows);
      return {
        billingType: row.billing_type,
        balanceMicros: micros(row.balance),
        creditLimitMicros: micros(row.credit_limit),
        heldMicros: micros(row.held),
        lastHourMicros: micros(row.last_hour),
      };
    },

    async grant(organizationId, amount, reference) {
      await client.ledgerEntry.createMany({
        data: [{ organizationId, kind: 'grant', amountMicros: BigInt(amount), requestId: reference }],
        skipDuplicates: true,
      });
    },

    async forgetSpend(olderThan) {
      const { count } = await client.spendMinute.deleteMany({ where: { minute: { lt: olderThan } } });
      return count;
    },
  };
}

const recordedSchema = z.array(z.object({ id: z.string() }));

/**
 * Applies many records in one transaction. It locks the accounts first, in id order: everything that moves money takes
 * that lock, so two deliveries of a record run one after the other and the second changes nothing.
 */
async function applyUsage(client: Client, usages: readonly PricedRecord[]): Promise<Set<string>> {
  const first = new Map<string, PricedRecord>();
  for (const usage of usages) if (!first.has(usage.record.requestId)) first.set(usage.record.requestId, usage);
  const distinct = [...first.values()];
  if (distinct.length === 0) return new Set();

  const rows = await client.$transaction(async (tx) => {
    await lockAccounts(tx, distinct);
    return tx.$queryRaw<unknown[]>`
      WITH delivered AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(distinct.map(historyRow))}::jsonb) AS r (
          id text, organization_id text, key_id text, modality text, endpoint text, model text, status text,
          created_at timestamptz, duration_ms bigint, error_code text, error_message text, session_id text,
          trace_id text, "user" text, request_size_bytes bigint, response_size_bytes bigint, provider text,
          executed_model text, charge jsonb, price_version text, cost_micros bigint, unpriced boolean, choice jsonb)
      ),
      recorded AS (
        INSERT INTO requests (id, organization_id, key_id, modality, endpoint, model, status, created_at, duration_ms,
          error_code, error_message, session_id, trace_id, "user", request_size_bytes, response_size_bytes, provider,
          executed_model, charge, price_version, cost_micros, unpriced, choice, recorded_at)
        SELECT id, organization_id, key_id, modality, endpoint, model, status, created_at, duration_ms,
          error_code, error_message, session_id, trace_id, "user", request_size_bytes, response_size_bytes, provider,
          executed_model, charge, price_version, cost_micros, unpriced, choice, now()
        FROM delivered ORDER BY id
        ON CONFLICT (id) DO UPDATE SET
          status = EXCLUDED.status, duration_ms = EXCLUDED.duration_ms, error_code = EXCLUDED.error_code,
          error_message = EXCLUDED.error_message, response_size_bytes = EXCLUDED.response_size_bytes,
          provider = EXCLUDED.provider, executed_model = EXCLUDED.executed_model, charge = EXCLUDED.charge,
          price_version = EXCLUDED.price_version, cost_micros = EXCLUDED.cost_micros, unpriced = EXCLUDED.unpriced,
          choice = EXCLUDED.choice, recorded_at = EXCLUDED.recorded_at
        WHERE requests.status IN ('pending', 'processing') AND requests.organization_id = EXCLUDED.organization_id
        RETURNING id, organization_id, cost_micros
      ),
      tried AS (
        INSERT INTO attempts (request_id, position, provider, executed_model, status, failure, message,
          upstream_status, duration_ms, chosen, credential, cost_micros)
        SELECT a.* FROM jsonb_to_recordset(${JSON.stringify(distinct.flatMap(attemptRows))}::jsonb) AS a (
          request_id text, position integer, provider text, executed_model text, status text, failure text,
          message text, upstream_status integer, duration_ms bigint, chosen text, credential text, cost_micros bigint)
        JOIN recorded ON recorded.id = a.request_id
      ),
      priced AS (
        INSERT INTO price_versions (version, offering, lines)
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(priceRows(distinct))}::jsonb) AS p (
          version text, offering text, lines jsonb)
        ON CONFLICT DO NOTHING
      ),
      charged AS (
        INSERT INTO ledger_entries (organization_id, kind, amount_micros, request_id)
        SELECT organization_id, 'charge', -cost_micros, id FROM recorded WHERE cost_micros > 0 ORDER BY id
      ),
      settled AS (
        UPDATE holds SET state = 'settled' FROM recorded
        WHERE holds.request_id = recorded.id AND holds.state IN ('held', 'expired')
      )
      SELECT id FROM recorded`;
  });
  return new Set(recordedSchema.parse(rows).map(({ id }) => id));
}

async function lockAccounts(tx: Transaction, usages: readonly PricedRecord[]): Promise<void> {
  const ids = [...new Set(usages.map(({ record }) => record.organizationId))];
  await tx.$queryRaw`
    SELECT 1 FROM accounts WHERE organization_id = ANY(${ids}) ORDER BY organization_id FOR NO KEY UPDATE`;
}

function historyRow({ record, costMicros, unpriced }: PricedRecord): Record<string, unknown> {
  return storable({
    id: record.requestId,
    organization_id: record.organizationId,
    key_id: record.keyId,
    modality: record.modality,
    endpoint: record.endpoint,
    model: record.model,
    status: record.status,
    created_at: record.createdAt,
    duration_ms: record.durationMs,
    error_code: record.errorCode,
    error_message: record.errorMessage,
    session_id: record.sessionId,
    trace_id: record.traceId,
    user: record.user,
    request_size_bytes: record.requestSizeBytes,
    response_size_bytes: record.responseSizeBytes,
    provider: record.provider,
    executed_model: record.executedModel,
    charge: record.charge,
    price_version: record.charge.price?.version ?? null,
    cost_micros: costMicros,
    unpriced,
    choice: record.choice,
  });
}

function attemptRows({ record }: PricedRecord): Record<string, unknown>[] {
  return record.attempts.map((attempt, position) =>
    storable({
      request_id: record.requestId,
      position,
      provider: attempt.provider,
      executed_model: attempt.executedModel,
      status: attempt.status,
      failure: attempt.failure,
      message: attempt.message,
      upstream_status: attempt.upstreamStatus,
      duration_ms: attempt.durationMs,
      chosen: attempt.chosen,
      credential: attempt.credential,
      cost_micros: attempt.costMicros,
    }),
  );
}

/** The distinct price lists of the charges, in a fixed order: concurrent inserts cannot deadlock. */
function priceRows(usages: readonly PricedRecord[]): Record<string, unknown>[] {
  const rows = new Map<string, { version: string; offering: string; lines: unknown }>();
  for (const { record } of usages) {
    const { price } = record.charge;
    if (!price || record.executedModel === null) continue;
    rows.set(`${price.version} ${record.executedModel}`, { ...price, offering: record.executedModel });
  }
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => storable(row));
}
