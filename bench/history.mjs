/**
 * `node bench/history.mjs [rows] [--short]`: how long the account API takes at ten thousand and at five million
 * requests of one organization. It starts the built system (`npm run build`) on its own PostgreSQL, fills the tables
 * with generate_series, and sends HTTP requests to the gateway, one at a time. For each it also prints how many rows
 * PostgreSQL read, and it fails if one scanned a whole table.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { explain } from '../scripts/start/operator-error.mjs';
import { ms, percentile, table } from './figures.mjs';
import { fill, idOf, summariseDays } from './history-rows.mjs';
import { startSubject } from './subject.mjs';

const root = path.resolve(import.meta.dirname, '..');
const short = process.argv.includes('--short');
const LARGE = Number(process.argv.find((argument) => /^\d+$/.test(argument)) ?? 5_000_000);
const SMALL = 10_000;
const RUNS = short ? 20 : 200;
/** `usage_days` has few rows for one organization: the planner may scan them. */
const TABLES = ['requests', 'ledger_entries'];

const day = (daysAgo) => new Date(Date.now() - daysAgo * 86_400_000).toISOString();

/** The requests that are measured, by what they ask for. */
function questions(rows, { middleEntry }) {
  const middle = idOf(Math.floor(rows / 2));
  const range = `created_after=${day(45).slice(0, 10)}&created_before=${day(40).slice(0, 10)}`;
  return [
    ['newest page', '/v1/requests'],
    ['page of 100', '/v1/requests?limit=100'],
    ['older than the middle', `/v1/requests?starting_after=${middle}`],
    ['newer than the middle', `/v1/requests?ending_before=${middle}`],
    ['status=completed', '/v1/requests?status=completed'],
    ['status=cancelled', '/v1/requests?status=cancelled'],
    ['key_id', '/v1/requests?key_id=key_1'],
    ['key_id with few requests', '/v1/requests?key_id=key_rare'],
    ['key_id and status', '/v1/requests?key_id=key_1&status=cancelled'],
    ['key_id and status, no match', '/v1/requests?key_id=key_quiet&status=rejected'],
    ['five days', `/v1/requests?${range}`],
    ['five days, one status, middle', `/v1/requests?${range}&status=upstream_failure`],
    ['one request', `/v1/requests/${middle}`],
    ['summary of everything', '/v1/requests?limit=1&summary=true'],
    ['summary of a key', '/v1/requests?limit=1&summary=true&key_id=key_1'],
    ['summary of whole days', `/v1/requests?limit=1&summary=true&${range}`],
    ['summary of the last 24 hours', `/v1/requests?limit=1&summary=true&created_after=${day(1)}`],
    ['usage by day', '/v1/usage'],
    ['usage of a year by model', `/v1/usage?group_by=model&start_date=${day(365).slice(0, 10)}`],
    ['usage by day, key and model', '/v1/usage?group_by=day,key,model'],
    ['ledger, newest page', '/v1/ledger'],
    ['ledger, middle', `/v1/ledger?starting_after=entry_${middleEntry}`],
    ['ledger, type=top_up', '/v1/ledger?type=top_up'],
    ['balance', '/v1/balance'],
  ];
}

/** Rows read by index, and scans of a whole table, of the history's tables so far. */
async function reads(database) {
  const { rows } = await database.query(
    `SELECT SUM(idx_tup_fetch)::float8 AS fetched, SUM(seq_scan)::float8 AS scans
     FROM pg_stat_user_tables WHERE relname = ANY($1)`,
    [TABLES],
  );
  return rows[0];
}

async function measure(subject, database, address) {
  const ask = async () => {
    const began = performance.now();
    const answer = await fetch(subject.url + address, { headers: { authorization: `Bearer ${subject.apiKey}` } });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`GET ${address}: ${answer.status} ${text}`);
    return performance.now() - began;
  };
  for (let run = 0; run < 10; run += 1) await ask();
  // PostgreSQL publishes its counters about once a second.
  await sleep(2_500);
  const before = await reads(database);
  const times = [];
  for (let run = 0; run < RUNS; run += 1) times.push(await ask());
  await sleep(2_500);
  const after = await reads(database);
  return {
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    rows: Math.round((after.fetched - before.fetched) / RUNS),
    scans: after.scans - before.scans,
  };
}

async function main() {
  const subject = await startSubject(root);
  const database = new pg.Client({ connectionString: subject.databaseUrl });
  await database.connect();
  try {
    const { rows } = await database.query(`SELECT id FROM organizations WHERE slug = 'default'`);
    const organizationId = rows[0].id;
    const measured = [];
    for (const size of [SMALL, LARGE]) {
      const began = Date.now();
      await fill(database, { organizationId, rows: size });
      await summariseDays(database, organizationId);
      console.log(`${size} requests after ${((Date.now() - began) / 1000).toFixed(0)} s`);
      const entries = await database.query('SELECT (MIN(id) + MAX(id)) / 2 AS middle FROM ledger_entries');
      const results = new Map();
      for (const [name, address] of questions(size, { middleEntry: entries.rows[0].middle }))
        results.set(name, await measure(subject, database, address));
      measured.push(results);
    }
    const [small, large] = measured;
    const cells = ({ p50, p95, rows: read }) => [ms(p50), ms(p95), read];
    const lines = [...small.keys()].map((name) => [name, ...cells(small.get(name)), ...cells(large.get(name))]);
    const head = (size) => [`p50 of ${size.toLocaleString('en')}`, 'p95', 'rows read'];
    console.log(table(['', ...head(SMALL), ...head(LARGE)], lines));
    const scanned = [...large].filter(([, { scans }]) => scans > 0).map(([name]) => name);
    if (scanned.length > 0) throw new Error(`A whole table was scanned for: ${scanned.join('; ')}`);
  } finally {
    await database.end();
    await subject.close();
  }
}

main().catch((error) => {
  console.error(explain(error));
  process.exitCode = 1;
});
