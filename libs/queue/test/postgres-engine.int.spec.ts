import { eventually, filledDatabase, freshDatabase } from '@lumenfall/testing';
import type { FreshDatabase } from '@lumenfall/testing';
import pg from 'pg';
import { limitCountersContract } from './limit-counters-contract.js';
import { sharedStateContract } from './shared-state-contract.js';
import { usageLogContract } from './usage-log-contract.js';
import { engineContract } from './engine-contract.js';
import { outageContract } from './outage-contract.js';
import { EngineHarness } from './engine-harness.js';
import { openQueueEngine } from '../src/index.js';

describe('the queue engine on PostgreSQL', () => {
  const databases: FreshDatabase[] = [];
  const urlOf = async (made: Promise<FreshDatabase>): Promise<string> => {
    const database = await made;
    databases.push(database);
    return database.url;
  };
  /** A database with BullMQ's tables in it. */
  const newDatabase = (): Promise<string> =>
    urlOf(filledDatabase('queue', async (url) => (await openQueueEngine(url)).close()));
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  engineContract(newDatabase);
  outageContract(newDatabase);
  sharedStateContract(newDatabase);
  limitCountersContract(newDatabase);
  usageLogContract(newDatabase);

  let harness: EngineHarness | undefined;
  afterEach(() => harness?.close());

  it('forgets an entry of the shared state a day after its last write', async () => {
    harness = new EngineHarness(await newDatabase());
    const client = new pg.Client({ connectionString: harness.url });
    await client.connect();
    const state = await (await harness.engine()).openSharedState();
    for (const key of ['fresh', 'read', 'written']) await state.update(key, () => 'here');
    await client.query(
      `update bullmq.lumenfall_shared_state set touched_at = now() - interval '25 hours' where key in ('read', 'written')`,
    );
    expect(await state.update('written', (current) => `after ${current}`)).toBe('after null');
    expect(Object.fromEntries(await state.read())).toEqual({ fresh: 'here', written: 'after null' });
    await (await harness.engine()).openSharedState();
    expect(
      (await client.query<{ key: string }>(`select key from bullmq.lumenfall_shared_state where key <> 'fresh'`)).rows,
    ).toEqual([{ key: 'written' }]);
    await client.end();
  });

  it('keeps no data of finished jobs and uses few connections', async () => {
    harness = new EngineHarness(await urlOf(freshDatabase()));
    let done = 0;
    await harness.worker('video', { 'video.poll': async () => void (done += 1) });
    const producer = (await harness.engine()).producer();
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => producer.enqueue('video.poll', { requestId: `r${n}` }, { id: `job-${n}` })),
    );
    await eventually(async () => done === 300 && (await producer.depth('video')) === 0, 60_000);
    const client = new pg.Client({ connectionString: harness.url });
    await client.connect();
    const count = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
    expect(await count('select count(*) n from bullmq.job')).toBe(0);
    expect(await count('select count(*) n from pg_stat_activity where datname = current_database()')).toBeLessThan(18);
    await client.end();
  });
});
