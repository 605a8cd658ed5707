import type { Attempt, CostBasis, UsageRecord } from '@lumenfall/contracts';
import { storable, type Client } from '@lumenfall/database';
import type { Micros } from '@lumenfall/money';
import { z } from 'zod';
import { lockAccounts } from './lock-accounts.js';

/** A usage record and its cost. */
export interface PricedRecord {
  record: UsageRecord;
  costMicros: Micros;
  /** True if a quantity had no price: it is recorded at cost 0 and marked in the history. */
  unpriced: boolean;
}

const recordedSchema = z.array(z.object({ id: z.string(), settled: z.boolean() }));

/**
 * Applies many records in one transaction. It locks the accounts first, in id order: everything that moves money takes
 * that lock, so two deliveries of a record run one after the other and the second changes nothing.
 */
export async function applyUsage(
  client: Client,
  usages: readonly PricedRecord[],
  onSettled: (holds: number) => void,
): Promise<Set<string>> {
  const first = new Map<string, PricedRecord>();
  for (const usage of usages) if (!first.has(usage.record.requestId)) first.set(usage.record.requestId, usage);
  const distinct = [...first.values()];
  if (distinct.length === 0) return new Set();

  const rows = await client.$transaction(async (tx) => {
    await lockAccounts(
      tx,
      distinct.map(({ record }) => record.organizationId),
    );
    return tx.$queryRaw<unknown[]>`
      WITH delivered AS (
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(distinct.map(historyRow))}::jsonb) AS r (
          id text, organization_id text, key_id text, modality text, endpoint text, model text, status text,
          created_at timestamptz, duration_ms bigint, error_code text, error_message text, session_id text,
          trace_id text, "user" text, request_size_bytes bigint, response_size_bytes bigint, provider text,
          executed_model text, charge jsonb, price_version text, cost_micros bigint, provider_cost_micros bigint, unpriced boolean,
          choice jsonb)
      ),
      recorded AS (
        INSERT INTO requests (id, organization_id, key_id, modality, endpoint, model, status, created_at, duration_ms,
          error_code, error_message, session_id, trace_id, "user", request_size_bytes, response_size_bytes, provider,
          executed_model, charge, price_version, cost_micros, provider_cost_micros, unpriced, choice, recorded_at)
        SELECT id, organization_id, key_id, modality, endpoint, model, status, created_at, duration_ms,
          error_code, error_message, session_id, trace_id, "user", request_size_bytes, response_size_bytes, provider,
          executed_model, charge, price_version, cost_micros, provider_cost_micros, unpriced, choice, now()
        FROM delivered ORDER BY id
        ON CONFLICT (id) DO UPDATE SET
          status = EXCLUDED.status, duration_ms = EXCLUDED.duration_ms, error_code = EXCLUDED.error_code,
          error_message = EXCLUDED.error_message, response_size_bytes = EXCLUDED.response_size_bytes,
          provider = EXCLUDED.provider, executed_model = EXCLUDED.executed_model, charge = EXCLUDED.charge,
          price_version = EXCLUDED.price_version, cost_micros = EXCLUDED.cost_micros,
          provider_cost_micros = EXCLUDED.provider_cost_micros, unpriced = EXCLUDED.unpriced, choice = EXCLUDED.choice, recorded_at = EXCLUDED.recorded_at
        WHERE requests.status IN ('pending', 'processing') AND requests.organization_id = EXCLUDED.organization_id
        RETURNING id, organization_id, cost_micros
      ),
      tried AS (
        INSERT INTO attempts (request_id, position, provider, executed_model, status, failure, message,
          upstream_status, duration_ms, chosen, credential, cost_micros, cost_basis)
        SELECT a.* FROM jsonb_to_recordset(${JSON.stringify(distinct.flatMap(attemptRows))}::jsonb) AS a (
          request_id text, position integer, provider text, executed_model text, status text, failure text,
          message text, upstream_status integer, duration_ms bigint, chosen text, credential text, cost_micros bigint,
          cost_basis text)
        JOIN recorded ON recorded.id = a.request_id
      ),
      priced AS (
        INSERT INTO price_versions (version, offering, lines)
        SELECT * FROM jsonb_to_recordset(${JSON.stringify(priceRows(distinct))}::jsonb) AS p (
          version text, offering text, lines jsonb)
        ON CONFLICT DO NOTHING
      ),
      charged AS (
        INSERT INTO ledger_entries (organization_id, kind, amount_micros, balance_after_micros, request_id)
        SELECT organization_id, 'usage', -cost_micros, balance_micros - SUM(cost_micros) OVER chain, recorded.id
        FROM recorded JOIN accounts USING (organization_id) WHERE cost_micros > 0
        WINDOW chain AS (PARTITION BY organization_id ORDER BY recorded.id) ORDER BY recorded.id
      ),
      settled AS (
        UPDATE holds SET state = 'settled' FROM recorded
        WHERE holds.request_id = recorded.id AND holds.state = 'held'
        RETURNING holds.request_id
      )
      SELECT id, EXISTS (SELECT 1 FROM settled WHERE request_id = id) AS settled FROM recorded`;
  });
  const recorded = recordedSchema.parse(rows);
  onSettled(recorded.filter(({ settled }) => settled).length);
  return new Set(recorded.map(({ id }) => id));
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
    provider_cost_micros: record.attempts.reduce((sum, attempt) => sum + attempt.costMicros, 0),
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
      cost_basis: attempt.costBasis ?? olderBasis(attempt, record),
    }),
  );
}

/** Records of older versions have the basis of their charge only. */
function olderBasis({ costMicros }: Attempt, { charge }: UsageRecord): CostBasis {
  if (costMicros === 0) return 'none';
  if (charge.reportedCostUsd !== null) return 'reported';
  return charge.estimated ? 'measured' : 'priced';
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
