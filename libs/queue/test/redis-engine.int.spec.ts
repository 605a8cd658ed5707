import { aUsageRecord, describeWithRedis, durableRedis, eventually, findRedis, testRedisUrl } from '@lumenfall/testing';
import { Redis } from 'ioredis';
import { limitCountersContract } from './limit-counters-contract.js';
import { sharedStateContract } from './shared-state-contract.js';
import { usageLogContract } from './usage-log-contract.js';
import { engineContract } from './engine-contract.js';
import { outageContract } from './outage-contract.js';
import { aChatJob } from './chat-job.js';
import { EngineHarness, SHORT_STALL_MS } from './engine-harness.js';
import { EngineRefused, openQueueEngine, type UsageLogEntry } from '../src/index.js';

describeWithRedis('the queue engine on Redis', () => {
  engineContract(async () => testRedisUrl());
  outageContract(async () => testRedisUrl());
  sharedStateContract(async () => testRedisUrl());
  limitCountersContract(async () => testRedisUrl());
  usageLogContract(async () => testRedisUrl());

  let harness: EngineHarness | undefined;
  afterEach(() => harness?.close());

  it('keeps no data of finished jobs', async () => {
    harness = new EngineHarness(testRedisUrl());
    const url = new URL(harness.url);
    const prefix = url.searchParams.get('prefix');
    const redis = new Redis(Number(url.port), url.hostname);
    let done = 0;
    await harness.worker('chat', { 'chat.complete': async () => void (done += 1) });
    const producer = (await harness.engine()).producer();
    for (let batch = 0; batch < 5; batch += 1) {
      const jobs = Array.from({ length: 100 }, () => aChatJob());
      await Promise.all(
        jobs.map((job) => producer.enqueue('chat.complete', job, { id: job.requestContext.requestId })),
      );
    }
    await eventually(async () => done === 500 && (await producer.depth('chat')) === 0, 60_000);
    const keys = await redis.keys(`${prefix}:*`);
    expect(keys.length).toBeLessThan(12);
    let bytes = 0;
    for (const key of keys) bytes += Number(await redis.memory('USAGE', key));
    expect(bytes).toBeLessThan(50_000);
    redis.disconnect();
  });

  it('forgets an entry of the shared state a day after its last write', async () => {
    harness = new EngineHarness(testRedisUrl());
    const { port, hostname, searchParams } = new URL(harness.url);
    const redis = new Redis(Number(port), hostname);
    const hash = `${searchParams.get('prefix')}:shared-state`;
    const state = await (await harness.engine()).openSharedState();
    await state.update('fresh', () => 'here');
    for (const key of ['read', 'written']) await redis.hset(hash, key, `${Date.now() - 25 * 3_600_000}|old`);
    expect(await state.update('written', (current) => `after ${current}`)).toBe('after null');
    expect(Object.fromEntries(await state.read())).toEqual({ fresh: 'here', written: 'after null' });
    expect((await redis.hkeys(hash)).sort()).toEqual(['fresh', 'written']);
    redis.disconnect();
  });

  it('goes on with new records after Redis has lost the whole usage log', async () => {
    harness = new EngineHarness(testRedisUrl());
    const { port, hostname, searchParams } = new URL(harness.url);
    const redis = new Redis(Number(port), hostname);
    const log = (await harness.engine()).usageLog();
    const reader = harness.closing(await log.openReader());
    await log.append(aUsageRecord());
    await redis.del(`${searchParams.get('prefix')}:usage-log`);
    const record = aUsageRecord();
    await log.append(record);
    expect(await reader.read({ max: 10, waitMs: 10_000 })).toMatchObject([{ requestId: record.requestId }]);
    redis.disconnect();
  });

  it('keeps usage records that were appended, read or set aside before Redis was killed and restarted', async () => {
    const redis = await durableRedis();
    harness = new EngineHarness(redis.url);
    harness.closing(redis);
    harness.stallMs = SHORT_STALL_MS;
    const log = (await harness.engine()).usageLog();
    const reader = await log.openReader();
    await log.append(aUsageRecord(), aUsageRecord());
    const [bad, read] = await reader.read({ max: 10, waitMs: 10_000 });
    if (bad === undefined || read === undefined) throw new Error('The log has not both records');
    await reader.setAside(bad, 'bad');
    const unread = aUsageRecord();
    await log.append(unread);

    const after = (await harness.engine(await redis.restart())).usageLog();
    const next = harness.closing(await after.openReader());
    const found: UsageLogEntry[] = [];
    await eventually(async () => {
      const entries = await next.read({ max: 10, waitMs: 100 });
      await next.acknowledge(entries);
      return found.push(...entries) === 2;
    });
    const ids = found.map(({ requestId }) => requestId).sort();
    expect(ids).toEqual([read.requestId, unread.requestId].sort());
    expect(await after.listSetAside(10)).toMatchObject([{ requestId: bad.requestId, reason: 'bad' }]);
  });

  it('keeps nothing of acknowledged records, and forgets the consumers of closed readers', async () => {
    harness = new EngineHarness(testRedisUrl());
    const { port, hostname, searchParams } = new URL(harness.url);
    const redis = new Redis(Number(port), hostname);
    const stream = `${searchParams.get('prefix')}:usage-log`;
    const log = (await harness.engine()).usageLog();
    const reader = await log.openReader();
    for (let batch = 0; batch < 5; batch += 1) {
      await log.append(...Array.from({ length: 200 }, () => aUsageRecord()));
      await reader.acknowledge(await reader.read({ max: 500, waitMs: 10_000 }));
    }
    await reader.close();
    expect(Number(await redis.memory('USAGE', stream))).toBeLessThan(20_000);
    expect(await redis.xinfo('CONSUMERS', stream, 'billing')).toEqual([]);
    redis.disconnect();
  });

  it('refuses a Redis that may drop jobs', async () => {
    const own = await findRedis({});
    if (typeof own === 'string') throw new Error(own);
    const { port, hostname } = new URL(own.url);
    const redis = new Redis(Number(port), hostname);
    await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await expect(openQueueEngine(own.url)).rejects.toThrow(
      'runs with maxmemory-policy allkeys-lru, which may drop queued jobs. Set it to noeviction.',
    );
    redis.disconnect();
    await own.close();
  });
});

describe('openQueueEngine', () => {
  it('refuses an unreachable URL in one line without its password', async () => {
    for (const scheme of ['redis', 'postgres']) {
      const failure = await openQueueEngine(`${scheme}://me:hush@127.0.0.1:1`).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(EngineRefused);
      expect(String(failure)).toMatch(/at 127\.0\.0\.1:1 cannot be used.*ECONNREFUSED/);
      expect(String(failure)).not.toMatch(/hush|\n/);
    }
  });

  it('refuses a URL with another scheme', async () => {
    await expect(openQueueEngine('amqp://localhost')).rejects.toThrow('QUEUE_URL must be redis://');
    await expect(openQueueEngine('')).rejects.toThrow(EngineRefused);
  });
});
