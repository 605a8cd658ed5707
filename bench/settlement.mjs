/**
 * `node bench/settlement.mjs [--short]`: how fast usage records are applied, on Redis and on PostgreSQL, with the whole
 * system running; whether any is lost or doubled. Fails if one is.
 */
import { build as bundle } from 'esbuild';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { explain } from '../scripts/start/operator-error.mjs';
import { build } from '../scripts/start/prepare.mjs';
import { ms, percentile, table } from './figures.mjs';
import { startSubject } from './subject.mjs';

const root = path.resolve(import.meta.dirname, '..');
const short = process.argv.includes('--short');
const SIZE = short ? 5_000 : 20_000;
const ORGANIZATIONS = 20;
const MICROS_PER_RECORD = 2_000;

const statOf = (pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
const parentOf = (pid) => Number(statOf(pid)[1]);

/** CPU seconds of a process so far, with its children that have ended. */
const cpuOf = (pid) =>
  statOf(pid)
    .slice(11, 15)
    .reduce((sum, ticks) => sum + Number(ticks) / 100, 0);

/** The same of a PostgreSQL and its backends. */
function cpuOfPostgres(server) {
  const backends = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && alive(() => parentOf(pid)) === server);
  return [server, ...backends].reduce((sum, pid) => sum + (alive(() => cpuOf(pid)) ?? 0), 0);
}

/** Null if the process has ended meanwhile. */
function alive(read) {
  try {
    return read();
  } catch {
    return null;
  }
}

async function bundleAppender() {
  const folder = path.join(root, 'node_modules/.cache/lumenfall');
  mkdirSync(folder, { recursive: true });
  const outfile = path.join(folder, `append-usage-${process.pid}.mjs`);
  await bundle({
    entryPoints: [path.join(import.meta.dirname, 'append-usage.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external' },
    tsconfig: path.join(root, 'tsconfig.base.json'),
    logLevel: 'silent',
  });
  return outfile;
}

/** The books of organizations of one run. */
async function booksOf(database, ids) {
  const { rows } = await database.query(
    `SELECT (SELECT count(*) FROM requests WHERE organization_id = ANY($1))::int AS requests,
       (SELECT -sum(amount_micros) FROM ledger_entries WHERE organization_id = ANY($1) AND kind = 'usage')::float8 AS charged,
       (SELECT sum(balance_micros) FROM accounts WHERE organization_id = ANY($1))::float8 AS balance`,
    [ids],
  );
  return rows[0];
}

async function measure(name, subject, queueUrl, appender) {
  const database = new pg.Client({ connectionString: subject.databaseUrl });
  await database.connect();
  const server = parentOf((await database.query('SELECT pg_backend_pid() AS pid')).rows[0].pid);
  const rows = [];
  for (const [load, perSecond, count] of [
    ['warm-up', null, Math.min(SIZE, 3_000)],
    ['as fast as possible, one organization', null, SIZE],
    [`as fast as possible, ${ORGANIZATIONS} organizations`, null, SIZE],
    ['1,000 per second', 1_000, Math.min(SIZE, 15_000)],
  ]) {
    const ids = Array.from({ length: load.includes('organizations') ? ORGANIZATIONS : 1 }, (_, n) => {
      return `org_${name}_${load.replaceAll(/\W/g, '_')}_${n}`;
    });
    for (const id of ids) {
      await database.query('INSERT INTO organizations (id, slug, name) VALUES ($1, $1, $1)', [id]);
      await database.query('INSERT INTO accounts (organization_id) VALUES ($1)', [id]);
    }
    const used = () => ({
      billing: cpuOf(subject.processes.billing),
      postgres: cpuOfPostgres(server),
      redis: name === 'Redis' ? cpuOf(subject.processes.redis) : 0,
    });
    const before = used();
    const child = fork(appender);
    child.once('exit', (code) => code && console.error(`append-usage ended with ${code}`));
    child.send({ queueUrl, organizationIds: ids, count, perSecond });
    const [result] = await once(child, 'message');
    const after = used();
    const cpu = Object.keys(before).map((part) => ms(((after[part] - before[part]) * 1000) / count));
    const { requests, charged, balance } = await booksOf(database, ids);
    const wanted = count * MICROS_PER_RECORD;
    const exact = requests === count && charged === wanted && balance === -wanted;
    if (!exact) {
      console.error(`${name}, ${load}: ${JSON.stringify({ count, requests, wanted, charged, balance })}`);
      process.exitCode = 1;
    }
    if (load === 'warm-up') continue;
    rows.push([
      ...[name, load, count, Math.round((count * 1000) / result.settledMs), ms(result.maxLagMs)],
      ...[ms(percentile(result.appendTimes, 0.5)), ms(percentile(result.appendTimes, 0.99))],
      ...[cpu.join(', '), exact ? 'exact' : 'WRONG'],
    ]);
  }
  await database.end();
  return rows;
}

async function main() {
  if (!process.env.SKIP_BUILD) await build({ root, env: process.env, say: console.log });
  const appender = await bundleAppender();
  const rows = [];
  try {
    for (const engine of ['Redis', 'PostgreSQL']) {
      console.log(`measuring on ${engine}`);
      const subject = await startSubject(root, engine === 'Redis' ? {} : { QUEUE_URL: '' });
      const queueUrl = engine === 'Redis' ? subject.queueUrl : `${subject.databaseUrl}_queue`;
      try {
        rows.push(...(await measure(engine, subject, queueUrl, appender)));
      } finally {
        await subject.close();
      }
    }
  } finally {
    rmSync(appender, { force: true });
  }
  const head = [
    'queue',
    'load',
    'records',
    'applied/s',
    'longest lag',
    'append p50',
    'append p99',
    'CPU: billing, PostgreSQL, Redis',
    'books',
  ];
  console.log(`\n${table(head, rows)}\n`);
}

try {
  await main();
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
