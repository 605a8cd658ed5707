import type { UsageRecord } from '@lumenfall/contracts';
import { aUsageRecord, eventually, severableProxy } from '@lumenfall/testing';
import { QueueUnavailable, type UsageLog, type UsageLogEntry, type UsageLogReader } from '../src/index.js';
import { EngineHarness, SHORT_STALL_MS } from './engine-harness.js';
import { removeWorkerBundle, spawnUsageLogUser } from './spawn-worker.js';

/** The behaviour of the usage log of every engine; `newQueue` returns the URL of an empty queue. */
export function usageLogContract(newQueue: () => Promise<string>): void {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = new EngineHarness(await newQueue());
  });
  afterEach(() => harness.close());
  afterAll(removeWorkerBundle);

  const openLog = async (): Promise<UsageLog> => (await harness.engine()).usageLog();
  const openReader = async (): Promise<UsageLogReader> => harness.closing(await (await openLog()).openReader());
  const records = (count: number): UsageRecord[] => Array.from({ length: count }, () => aUsageRecord());
  const idsOf = (found: readonly { requestId: string }[]): string[] => found.map(({ requestId }) => requestId).sort();
  const read = (reader: UsageLogReader): Promise<UsageLogEntry[]> => reader.read({ max: 500, waitMs: 10_000 });
  const first = (entries: readonly UsageLogEntry[]): UsageLogEntry => {
    const [entry] = entries;
    if (entry === undefined) throw new Error('The log has no record');
    return entry;
  };
  const nothing = (reader: UsageLogReader): Promise<UsageLogEntry[]> => reader.read({ max: 500, waitMs: 50 });

  it('delivers what was appended, once it is read, and has nothing left once that is acknowledged', async () => {
    const log = await openLog();
    const appended = records(3);
    // The first reader opens later than the first record is appended.
    await log.append(...appended);
    const reader = await openReader();
    const entries = await read(reader);
    expect(idsOf(entries)).toEqual(idsOf(appended));
    expect(entries.map(({ record }) => record)).toEqual(
      entries.map(({ requestId }) => appended.find((record) => record.requestId === requestId)),
    );
    expect(entries.every(({ deliveries }) => deliveries === 1)).toBe(true);
    expect(await log.figures()).toMatchObject({ depth: 3, setAside: 0 });
    await reader.acknowledge(entries);
    expect(await log.figures()).toEqual({ depth: 0, lagMs: 0, setAside: 0 });
    expect(await nothing(reader)).toEqual([]);
  });

  it('wakes a waiting reader when a record is appended, and returns after the deadline without one', async () => {
    const [log, reader] = [await openLog(), await openReader()];
    expect(await nothing(reader)).toEqual([]);
    const waiting = reader.read({ max: 10, waitMs: 60_000 });
    const record = aUsageRecord();
    await log.append(record);
    expect(idsOf(await waiting)).toEqual([record.requestId]);
  });

  it('ends the read that waits when the reader closes', async () => {
    const reader = await (await openLog()).openReader();
    const waiting = reader.read({ max: 10, waitMs: 60_000 });
    await reader.close();
    expect(await waiting).toEqual([]);
  });

  it('shares the records between two readers and delivers none of them to both', async () => {
    const log = await openLog();
    const appended = records(200);
    await log.append(...appended);
    const found = await Promise.all(
      [await openReader(), await openReader()].map(async (reader) => {
        const mine: UsageLogEntry[] = [];
        for (;;) {
          const entries = await reader.read({ max: 7, waitMs: 50 });
          if (entries.length === 0) return mine;
          mine.push(...entries);
          await reader.acknowledge(entries);
        }
      }),
    );
    expect(idsOf(found.flat())).toEqual(idsOf(appended));
    expect(await log.figures()).toMatchObject({ depth: 0 });
  });

  it('keeps what a process appended that was killed right after', async () => {
    const producer = await spawnUsageLogUser(harness.url, harness.stallMs, 'append');
    await eventually(() => producer.said.includes('appended'));
    await producer.end('SIGKILL');
    expect(idsOf(await read(await openReader()))).toHaveLength(3);
  });

  it('delivers the records again that a killed reader left, whether or not it had applied them', async () => {
    harness.stallMs = SHORT_STALL_MS;
    const log = await openLog();
    const appended = records(5);
    await log.append(...appended);
    const killed = await spawnUsageLogUser(harness.url, harness.stallMs, 'read');
    await eventually(() => killed.said.includes('read 5'));
    await killed.end('SIGKILL');
    const reader = await openReader();
    const again = await read(reader);
    expect(idsOf(again)).toEqual(idsOf(appended));
    expect(again.map(({ deliveries }) => deliveries)).toEqual([2, 2, 2, 2, 2]);
    await reader.acknowledge(again);
    expect(await log.figures()).toMatchObject({ depth: 0 });
  });

  it('accepts an acknowledgement twice, and one that comes after another reader has claimed the record', async () => {
    harness.stallMs = SHORT_STALL_MS;
    const log = await openLog();
    const [slow, quick] = [await openReader(), await openReader()];
    await log.append(...records(2));
    const late = await read(slow);
    const claimed = await read(quick);
    expect(idsOf(claimed)).toEqual(idsOf(late));
    await slow.acknowledge(late);
    await quick.acknowledge(claimed);
    await quick.acknowledge(claimed);
    expect(await log.figures()).toMatchObject({ depth: 0 });
    const next = aUsageRecord();
    await log.append(next);
    expect(idsOf(await read(quick))).toEqual([next.requestId]);
  });

  it('delivers records that a reader handed back to one that opens, without counting a further silence', async () => {
    const log = await openLog();
    const leaving = await log.openReader();
    await log.append(...records(3));
    const entries = await read(leaving);
    const others = entries.slice(1);
    await leaving.acknowledge(entries.slice(0, 1));
    await leaving.handBack(others);
    await leaving.close();
    expect(idsOf(await read(await openReader()))).toEqual(idsOf(others));
  });

  it('sets a record aside with its reason while the others proceed, and replays it', async () => {
    const [log, reader] = [await openLog(), await openReader()];
    await log.append(...records(3));
    const entries = await read(reader);
    const bad = first(entries);
    await reader.setAside(bad, 'no such\norganization');
    await reader.setAside(bad, 'twice');
    await reader.acknowledge(entries.slice(1));
    expect(await log.figures()).toEqual({ depth: 0, lagMs: 0, setAside: 1 });
    const [listed] = await log.listSetAside(10);
    expect(listed).toMatchObject({ requestId: bad.requestId, reason: 'no such\norganization', deliveries: 1 });
    expect(Math.abs(Date.now() - Number(listed?.setAsideAt))).toBeLessThan(60_000);
    expect(await log.replay(['req_unknown'])).toBe(0);
    expect(await log.replay('all')).toBe(1);
    const [replayed] = await read(reader);
    expect(replayed).toMatchObject({ requestId: bad.requestId, record: bad.record, deliveries: 1 });
    expect(await log.figures()).toMatchObject({ depth: 1, setAside: 0 });
  });

  it('delivers a record that it cannot read as such, without quoting it', async () => {
    const [log, reader] = [await openLog(), await openReader()];
    const record = aUsageRecord();
    await log.append({ ...record, durationMs: 'secret' as never });
    const [entry] = await read(reader);
    expect(entry).toMatchObject({ record: null, unreadable: 'durationMs invalid_type', requestId: record.requestId });
  });

  it('knows whether it may have the record of a request', async () => {
    const [log, reader] = [await openLog(), await openReader()];
    const now = new Date();
    expect(await log.mayHave('req_x', now)).toBe(false);
    await log.append(...records(2));
    expect(await log.mayHave('req_x', now)).toBe(true);
    // What was appended an hour ago came before everything that the log still has.
    expect(await log.mayHave('req_x', new Date(now.getTime() - 3_600_000))).toBe(false);
    const entries = await read(reader);
    const bad = first(entries);
    await reader.setAside(bad, 'bad');
    await reader.acknowledge(entries.slice(1));
    expect(await log.mayHave(bad.requestId, new Date(0))).toBe(true);
    expect(await log.mayHave('req_x', now)).toBe(false);
  });

  it('reports the age of the oldest record, which a younger one does not change', async () => {
    const log = await openLog();
    await log.append(...records(1));
    await eventually(async () => (await log.figures()).lagMs >= 1_000);
    await log.append(...records(1));
    expect((await log.figures()).lagMs).toBeGreaterThanOrEqual(1_000);
  });

  it('refuses an append while the engine is unreachable or hangs, and loses nothing that it took', async () => {
    const proxy = await severableProxy(harness.url);
    const [near, far] = [(await harness.engine(proxy.url)).usageLog(), await openReader()];
    const reader = harness.closing(await near.openReader());
    const [before, after] = [aUsageRecord(), aUsageRecord()];
    await near.append(before);
    await proxy.sever();
    await expect(near.append(aUsageRecord())).rejects.toThrow(QueueUnavailable);
    await expect(reader.read({ max: 10, waitMs: 100 })).rejects.toThrow(QueueUnavailable);
    await proxy.restore();
    await eventually(() => near.append(after).then(() => true));
    const taken = new Map<string, UsageLogEntry>();
    await eventually(async () => {
      for (const entry of await reader.read({ max: 10, waitMs: 100 })) taken.set(entry.requestId, entry);
      return taken.has(before.requestId) && taken.has(after.requestId);
    });
    proxy.freeze();
    const refused = [near.append(aUsageRecord()), reader.read({ max: 10, waitMs: 100 }), near.figures()];
    await Promise.all(refused.map((call) => expect(call).rejects.toThrow(QueueUnavailable)));
    await far.acknowledge([...taken.values()]);
    await proxy.close();
  });
}
