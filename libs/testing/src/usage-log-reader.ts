import type { UsageRecord } from '@lumenfall/contracts';

interface Entry {
  id: string;
  record: UsageRecord | null;
}

/** The part of the usage log of `@lumenfall/queue`, which this library cannot import, that a test reads. */
interface ReadableLog {
  openReader(): Promise<{
    read(limits: { max: number; waitMs: number }): Promise<Entry[]>;
    acknowledge(entries: readonly Entry[]): Promise<void>;
    close(): Promise<void>;
  }>;
}

/** Takes the usage records that the log has, with repeats. */
export async function takeUsageRecords(log: ReadableLog): Promise<UsageRecord[]> {
  const reader = await log.openReader();
  const found: UsageRecord[] = [];
  for (;;) {
    const entries = await reader.read({ max: 500, waitMs: 50 });
    if (entries.length === 0) break;
    found.push(...recordsOf(entries));
    await reader.acknowledge(entries);
  }
  await reader.close();
  return found;
}

/** Hands the records of the log to `apply` one after the other, as billing does, until the result is closed. */
export async function followUsageLog(
  log: ReadableLog,
  apply: (record: UsageRecord) => Promise<void>,
): Promise<{ close(): Promise<void> }> {
  const reader = await log.openReader();
  let closed = false;
  const follow = async (): Promise<void> => {
    while (!closed) {
      const entries = await reader.read({ max: 100, waitMs: 1_000 });
      for (const record of recordsOf(entries)) await apply(record);
      await reader.acknowledge(entries);
    }
  };
  const following = follow();
  // A failure is reported by `close`.
  following.catch(() => undefined);
  return {
    async close() {
      closed = true;
      await reader.close();
      await following;
    },
  };
}

const recordsOf = (entries: readonly Entry[]): UsageRecord[] =>
  entries.flatMap(({ record }) => (record === null ? [] : [record]));
