import { planSchema, usageRecordSchema } from '@lumenfall/contracts';
import pg from 'pg';
import {
  aPlan,
  aUsageRecord,
  describeWithRedis,
  eventually,
  filledDatabase,
  freshDatabase,
  testRedisUrl,
} from './index.js';

describe('the test fixtures', () => {
  it('give each suite a database of its own that takes statements and goes away', async () => {
    const database = await freshDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    const closed = new Promise((resolve) => client.on('error', resolve));
    await database.drop();
    await closed;
    await expect(new pg.Client({ connectionString: database.url }).connect()).rejects.toThrow('does not exist');
  });

  it('fill a database once, and give copies of it', async () => {
    let filled = 0;
    const query = async (url: string, text: string): Promise<unknown[]> => {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      return (await client.query(text).finally(() => client.end())).rows;
    };
    const fill = (url: string): Promise<unknown> => query(url, `create table here as select ${(filled += 1)} as it`);
    const copies = await Promise.all([1, 2, 3].map(() => filledDatabase('fixtures', fill)));
    await query(copies[0]?.url ?? '', 'drop table here');
    for (const { url } of copies.slice(1)) expect(await query(url, 'select it from here')).toEqual([{ it: 1 }]);
    expect(filled).toBe(1);
    await Promise.all(copies.map((copy) => copy.drop()));
  });

  it('build plans and usage records that the contracts accept', () => {
    expect(planSchema.safeParse(aPlan()).success).toBe(true);
    expect(usageRecordSchema.safeParse(aUsageRecord()).success).toBe(true);
  });

  it('wait for what comes true later, and say why it did not', async () => {
    let asked = 0;
    expect(await eventually(() => (asked += 1) > 2 && asked)).toBe(3);
    await expect(eventually(() => false, 30)).rejects.toThrow('Still false after 30 ms');
  });
});

describeWithRedis('the test Redis', () => {
  it('is shared by prefix', () => {
    expect(testRedisUrl()).toMatch(/^redis:.*\?prefix=lumenfall-test-/);
    expect(testRedisUrl()).not.toBe(testRedisUrl());
  });
});
