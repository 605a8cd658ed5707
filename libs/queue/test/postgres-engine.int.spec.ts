import { eventually, filledDatabase, freshDatabase } from '@lumenfall/testing';
import type { FreshDatabase } from '@lumenfall/testing';
import pg from 'pg';
import { boardContract } from './shared-state-contract.js';
import { engineContract } from './engine-contract.js';
import { EngineStand } from './engine-stand.js';
import { openQueueEngine } from '../src/index.js';

describe('the queue engine on PostgreSQL', () => {
  const databases: FreshDatabase[] = [];
  const urlOf = async (made: Promise<FreshDatabase>): Promise<string> => {
    const database = await made;
    databases.push(database);
    return database.url;
  };
  /** As an engine left it that was opened on it before. */
  const newDatabase = (): Promise<string> =>
    urlOf(filledDatabase('queue', async (url) => (await openQueueEngine(url)).close()));
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  engineContract(newDatabase);
  boardContract(newDatabase);

  let stand: EngineStand | undefined;
  afterEach(() => stand?.close());

  it('forgets what nobody wrote on the board for a day', async () => {
    stand = new EngineStand(await newDatabase());
    const client = new pg.Client({ connectionString: stand.url });
    await client.connect();
    const board = await (await stand.engine()).openSharedState();
    for (const key of ['fresh', 'read', 'written']) await board.update(key, () => 'here');
    await client.query(
      `update bullmq.lumenfall_board set touched_at = now() - interval '25 hours' where key in ('read', 'written')`,
    );
    expect(await board.update('written', (current) => `after ${current}`)).toBe('after null');
    expect(Object.fromEntries(await board.read())).toEqual({ fresh: 'here', written: 'after null' });
    await (await stand.engine()).openSharedState();
    expect(
      (await client.query<{ key: string }>(`select key from bullmq.lumenfall_board where key <> 'fresh'`)).rows,
    ).toEqual([{ key: 'written' }]);
    await client.end();
  });

  it('leaves nothing behind of jobs that are done, and needs few connections', async () => {
    stand = new EngineStand(await urlOf(freshDatabase()));
    let done = 0;
    await stand.worker('video', { 'video.poll': async () => void (done += 1) });
    const producer = (await stand.engine()).producer();
    await Promise.all(
      Array.from({ length: 300 }, (_, n) => producer.enqueue('video.poll', { requestId: `r${n}` }, { id: `job-${n}` })),
    );
    await eventually(async () => done === 300 && (await producer.depth('video')) === 0, 60_000);
    const client = new pg.Client({ connectionString: stand.url });
    await client.connect();
    const count = async (sql: string): Promise<number> => Number((await client.query<{ n: string }>(sql)).rows[0]?.n);
    expect(await count('select count(*) n from bullmq.job')).toBe(0);
    expect(await count('select count(*) n from pg_stat_activity where datname = current_database()')).toBeLessThan(18);
    await client.end();
  });
});
