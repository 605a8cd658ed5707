import { chargeBasisSchema, NOTHING_CHARGED } from '@lumenfall/contracts';
import { priceUsage, withoutMargin } from '@lumenfall/metering';
import { z } from 'zod';
import type { AuditScope, Check } from './findings.js';

const requestsSchema = z.array(
  z.object({
    id: z.string(),
    status: z.string(),
    modality: z.string().nullable(),
    created_at: z.date(),
    recorded: z.boolean(),
    cost: z.bigint(),
    provider_cost: z.bigint(),
    unpriced: z.boolean(),
    charge: z.unknown(),
    /** The usage entries of the request, of whatever organization. */
    entries: z.bigint(),
    charged: z.bigint(),
    attempts: z.bigint(),
    attempts_cost: z.bigint(),
    /** Of the attempts that delivered. */
    delivered_cost: z.bigint(),
  }),
);
type RequestRow = z.infer<typeof requestsSchema>[number];

const daysSchema = z.array(z.object({ day: z.string(), requests: z.bigint(), cost: z.bigint() }));

/**
 * The requests of an organization: each was charged once, for the price of its charge, its cost lines add up, and so
 * does the usage by day.
 */
export async function auditRequests({ tx, findings, batchRows }: AuditScope, organizationId: string): Promise<void> {
  const days = new Map<string, { requests: bigint; cost: bigint }>();
  let last: Pick<RequestRow, 'id' | 'created_at'> | null = { id: '', created_at: new Date(0) };
  while (last !== null) {
    const rows: RequestRow[] = requestsSchema.parse(
      await tx.$queryRaw<unknown[]>`
        SELECT id, status, modality, created_at, recorded_at IS NOT NULL AS recorded, cost_micros AS cost,
          provider_cost_micros AS provider_cost, unpriced, charge, entries, charged, attempts, attempts_cost,
          delivered_cost
        FROM requests
        CROSS JOIN LATERAL (
          SELECT count(*) AS entries, COALESCE(-SUM(amount_micros), 0)::bigint AS charged
          FROM ledger_entries WHERE request_id = requests.id AND kind = 'usage') AS paid
        CROSS JOIN LATERAL (
          SELECT count(*) AS attempts, COALESCE(SUM(cost_micros), 0)::bigint AS attempts_cost,
            COALESCE(SUM(cost_micros) FILTER (WHERE attempts.status = 'succeeded'), 0)::bigint AS delivered_cost
          FROM attempts WHERE request_id = requests.id) AS tried
        WHERE organization_id = ${organizationId} AND (created_at, id) > (${last.created_at}, ${last.id})
        ORDER BY created_at, id LIMIT ${batchRows}`,
    );
    for (const row of rows) {
      findings.checked.requests += 1;
      findings.checked.attempts += Number(row.attempts);
      for (const { check, message, ...amounts } of mistakesOf(row)) {
        findings.add(check, organizationId, message, { requestId: row.id, ...amounts });
      }
      if (OPEN.has(row.status)) continue;
      const day = row.created_at.toISOString().slice(0, 10);
      const { requests, cost } = days.get(day) ?? NO_USAGE;
      days.set(day, { requests: requests + 1n, cost: cost + row.cost });
    }
    last = rows.length < batchRows ? null : (rows.at(-1) ?? null);
  }

  const rows = daysSchema.parse(
    await tx.$queryRaw<unknown[]>`
      SELECT day::text, SUM(requests)::bigint AS requests, SUM(cost_micros)::bigint AS cost FROM usage_days
      WHERE organization_id = ${organizationId} GROUP BY day`,
  );
  const counted = new Map(rows.map((row) => [row.day, row]));
  for (const day of [...new Set([...days.keys(), ...counted.keys()])].sort()) {
    const [wanted, found] = [days.get(day) ?? NO_USAGE, counted.get(day) ?? NO_USAGE];
    if (wanted.requests === found.requests && wanted.cost === found.cost) continue;
    const message =
      `The usage of ${day} is ${found.cost} for ${found.requests} requests, ` +
      `but the history has ${wanted.cost} for ${wanted.requests}`;
    findings.add('day', organizationId, message, { expected: wanted.cost, found: found.cost });
  }
}

/** Not counted by day yet. */
const OPEN: ReadonlySet<string> = new Set(['pending', 'processing']);
const NO_USAGE = { requests: 0n, cost: 0n };

interface Mistake {
  check: Check;
  message: string;
  expected?: bigint;
  found?: bigint;
}

function mistakesOf(row: RequestRow): Mistake[] {
  const { id, cost, charged, entries } = row;
  const mistakes: Mistake[] = [];
  const wrong = (check: Check, message: string, expected?: bigint, found?: bigint): void =>
    void mistakes.push({
      check,
      message,
      ...(expected !== undefined && { expected }),
      ...(found !== undefined && { found }),
    });

  const wanted = cost > 0n ? 1n : 0n;
  if (!row.recorded && (entries > 0n || cost !== 0n)) {
    wrong(
      'charge',
      `The request ${id} has no usage record yet, but costs ${cost} and was charged ${charged}`,
      0n,
      charged,
    );
  } else if (charged !== cost) {
    wrong('charge', `The request ${id} costs ${cost}, but was charged ${charged}`, cost, charged);
  } else if (entries !== wanted) {
    wrong('charge', `The request ${id} has ${entries} usage entries instead of ${wanted}`);
  }
  if (row.recorded) mistakes.push(...priceMistakes(row));
  if (row.attempts_cost !== row.provider_cost) {
    const found = row.attempts_cost;
    const message = `The attempts of the request ${id} cost us ${found} together, but the request says ${row.provider_cost}`;
    wrong('cost-lines', message, row.provider_cost, found);
  }
  return mistakes;
}

function priceMistakes({ id, charge, cost, unpriced, ...row }: RequestRow): Mistake[] {
  const basis =
    charge === null ? { success: true as const, data: NOTHING_CHARGED } : chargeBasisSchema.safeParse(charge);
  if (!basis.success) return [{ check: 'price', message: `The charge of the request ${id} cannot be read` }];
  const bill = priceUsage(basis.data);
  const expected = BigInt(bill.totalMicros);
  const mistakes: Mistake[] = [];
  if (cost !== expected) {
    const message = `The request ${id} costs ${cost}, but the price of its charge is ${expected}`;
    mistakes.push({ check: 'price', message, expected, found: cost });
  }
  if (unpriced !== bill.unpriced) {
    const message = `The request ${id} is ${unpriced ? '' : 'not '}marked as unpriced, but its charge says otherwise`;
    mistakes.push({ check: 'price', message });
  }
  // Of several images, some may have been made by one offering and some by another, or made and not delivered.
  const isWhole = row.status === 'completed' && (row.modality === 'text' || row.modality === 'video');
  const net = BigInt(priceUsage(withoutMargin(basis.data)).totalMicros);
  if (isWhole && row.delivered_cost !== net) {
    const found = row.delivered_cost;
    const message = `The attempt that delivered the request ${id} cost us ${found}, but its charge without margin is ${net}`;
    mistakes.push({ check: 'cost-lines', message, expected: net, found });
  }
  return mistakes;
}
