import pg from 'pg';

/** The books of one organization, added up by the database. Amounts in micros. */
export interface Books {
  requests: number;
  recorded: number;
  completed: number;
  /** Of the ledger, positive. */
  charged: number;
  /** Of the requests in the history. */
  cost: number;
  /** Of the attempts that delivered, and of those that did not. */
  delivering: number;
  failing: number;
  attempts: number;
  failedAttempts: number;
  /** Requests that break a rule, one line each. */
  wrong: string[];
  heldMicros: number;
}

const SUMS = `
  SELECT count(*)::int AS requests, count(recorded_at)::int AS recorded,
    count(*) FILTER (WHERE status = 'completed')::int AS completed,
    COALESCE(SUM(cost_micros), 0)::float8 AS cost,
    (SELECT COALESCE(-SUM(amount_micros), 0)::float8 FROM ledger_entries WHERE organization_id = $1 AND kind = 'usage') AS charged,
    (SELECT COALESCE(SUM(amount_micros), 0)::float8 FROM holds WHERE organization_id = $1 AND state = 'held') AS "heldMicros"
  FROM requests WHERE organization_id = $1`;

const ATTEMPTS = `
  SELECT count(*)::int AS attempts, count(*) FILTER (WHERE attempts.status = 'failed')::int AS "failedAttempts",
    COALESCE(SUM(attempts.cost_micros) FILTER (WHERE attempts.status = 'succeeded'), 0)::float8 AS delivering,
    COALESCE(SUM(attempts.cost_micros) FILTER (WHERE attempts.status = 'failed'), 0)::float8 AS failing
  FROM attempts JOIN requests ON requests.id = request_id WHERE organization_id = $1`;

/** A completed request has one attempt that delivered, which is its cost and its charge; any other costs nothing. */
const WRONG = `
  SELECT id, status, cost_micros::int AS cost, delivered, due::int, charges, charged::int FROM requests
    LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE status = 'succeeded')::int AS delivered,
      COALESCE(SUM(cost_micros) FILTER (WHERE status = 'succeeded'), 0) AS due FROM attempts WHERE request_id = id) AS tried ON true
    LEFT JOIN LATERAL (SELECT count(*)::int AS charges, COALESCE(-SUM(amount_micros), 0) AS charged
      FROM ledger_entries WHERE request_id = requests.id) AS paid ON true
  WHERE organization_id = $1 AND NOT CASE status
    WHEN 'completed' THEN delivered = 1 AND cost_micros > 0 AND due = cost_micros AND charges = 1 AND charged = cost_micros
    ELSE cost_micros = 0 AND charges = 0 END`;

export async function readBooks(databaseUrl: string, organizationId: string): Promise<Books> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    const row = async (text: string): Promise<object> =>
      (await client.query<object>(text, [organizationId])).rows[0] ?? {};
    const { rows } = await client.query<object>(WRONG, [organizationId]);
    const wrong = rows.map((found) => JSON.stringify(found));
    return { ...(await row(SUMS)), ...(await row(ATTEMPTS)), wrong } as Books;
  } finally {
    await client.end();
  }
}
