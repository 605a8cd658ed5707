/** Rows of the history as billing writes them, made in PostgreSQL. They are spread over ninety days. */

const CHUNK = 250_000;
const MODELS = ['openai/gpt-5.4-mini', 'google/gemini-3-flash-preview', 'gemini-3-pro-image', 'flux-pro', 'sora-2'];

/** The id of a row by its number; newer rows have greater ones. */
export const idOf = (number) => `req_${String(number).padStart(27, '0')}`;

/**
 * Replaces the history by this many requests, with a ledger entry for each completed one and ten top-ups. `key_rare`
 * has a request in fifty thousand; `key_quiet` has many, all of them completed. Triggers are off meanwhile:
 * `summariseDays` does their work for all rows at once.
 */
export async function fill(database, { organizationId, rows }) {
  await database.query('SET session_replication_role = replica');
  await database.query('TRUNCATE requests, attempts, ledger_entries, usage_days');
  await database.query(
    `INSERT INTO ledger_entries (organization_id, kind, amount_micros, balance_after_micros, reference, created_at)
     SELECT $1, 'top_up', 1000000, 0, 'payment-' || i, now() - i * interval '9 days' FROM generate_series(1, 10) AS i`,
    [organizationId],
  );
  for (let start = 0; start < rows; start += CHUNK) {
    const end = Math.min(start + CHUNK, rows) - 1;
    await database.query(
      `INSERT INTO requests (id, organization_id, key_id, modality, endpoint, model, status, created_at, duration_ms,
         request_size_bytes, response_size_bytes, provider, executed_model, charge, price_version, cost_micros, recorded_at)
       SELECT 'req_' || lpad(i::text, 27, '0'), $1,
         CASE WHEN i % 50000 = 7 THEN 'key_rare' WHEN i % 4 = 0 THEN 'key_quiet' ELSE 'key_' || i % 4 END,
         'text', '/openai/v1/chat/completions', ($6::text[])[1 + i % 5],
         CASE WHEN i % 4 = 0 THEN 'completed' WHEN i % 20 = 1 THEN 'upstream_failure' WHEN i % 50 = 2 THEN 'rejected'
           WHEN i % 1000 = 3 THEN 'cancelled' ELSE 'completed' END,
         now() - (($4::bigint - i) * interval '90 days' / $4::bigint), 840, 120, 900, 'openrouter',
         'openrouter/openai/gpt-5.4-mini', $5::jsonb, 'v1', 10 + i % 90, now()
       FROM generate_series($2::bigint, $3::bigint) AS i`,
      [organizationId, start, end, rows, JSON.stringify(charge), MODELS],
    );
    await database.query(
      `INSERT INTO ledger_entries (organization_id, kind, amount_micros, balance_after_micros, request_id, created_at)
       SELECT organization_id, 'usage', -cost_micros, 0, id, created_at FROM requests
       WHERE id BETWEEN $1 AND $2 AND status = 'completed' ORDER BY id`,
      [idOf(start), idOf(end)],
    );
  }
  await database.query('SET session_replication_role = origin');
}

const charge = {
  price: null,
  quantities: [
    { type: 'input', metric: 'token', quantity: 1000 },
    { type: 'output', metric: 'token', quantity: 500 },
  ],
  reportedCostUsd: null,
  estimated: false,
};

/** Fills `usage_days` from the history, and refreshes what the planner knows. */
export async function summariseDays(database, organizationId) {
  await database.query('DELETE FROM usage_days WHERE organization_id = $1', [organizationId]);
  await database.query(
    `INSERT INTO usage_days
     SELECT organization_id, (created_at AT TIME ZONE 'UTC')::date, key_id,
       CASE WHEN status = 'rejected' THEN '' ELSE model END, modality, status, COUNT(*), SUM(cost_micros),
       1000 * COUNT(*), 500 * COUNT(*), 0, 0, 0
     FROM requests WHERE organization_id = $1 GROUP BY 1, 2, 3, 4, 5, 6`,
    [organizationId],
  );
  await database.query('VACUUM ANALYZE requests');
  await database.query('VACUUM ANALYZE ledger_entries');
  await database.query('VACUUM ANALYZE usage_days');
}
