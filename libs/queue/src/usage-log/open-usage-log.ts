import { usageRecordSchema, type UsageRecord } from '@lumenfall/contracts';
import { engineCall } from '../queue-errors.js';
import { CLOSE_DEADLINE_MS, COMMAND_DEADLINE_MS, OPEN_DEADLINE_MS } from '../settings.js';
import type { StoredRecord, TakenRecord, UsageLogStore, UsageLogStoreReader } from './usage-log-store.js';
import type { UsageLog, UsageLogEntry, UsageLogReader } from './usage-log.js';

/** Version of the schema of the records. A reader sets a record of another version aside. */
const VERSION = 1;
/** Difference between the clocks of the engine, the database and the services that `mayHave` allows for. */
const SKEW_MS = 5_000;
const REPLAY_CHUNK = 100;
const REPLAY_LIMIT = 1_000_000;

/** The log on the store of either engine: schema, deadlines and errors. */
export function usageLog(store: UsageLogStore): UsageLog {
  const command = <T>(what: string, work: Promise<T>): Promise<T> => engineCall(what, COMMAND_DEADLINE_MS, work);
  const listSetAside: UsageLog['listSetAside'] = (limit) =>
    command('Listing the usage records that were set aside', store.listSetAside(limit));
  return {
    async append(...records) {
      const appending = Promise.all(records.map((record) => store.append(toStored(record))));
      await command('Appending usage records', appending);
    },

    async openReader() {
      return reader(await engineCall('Opening the usage log', OPEN_DEADLINE_MS, store.openReader()));
    },

    figures: () => command('Measuring the usage log', store.figures()),

    async mayHave(requestId, since) {
      const asking = Promise.all([store.figures(), store.isSetAside(requestId)]);
      const [{ depth, lagMs }, isSetAside] = await command('Looking for a usage record', asking);
      return isSetAside || (depth > 0 && Date.now() - lagMs <= since.getTime() + SKEW_MS);
    },

    listSetAside,

    async replay(requestIds) {
      const ids =
        requestIds === 'all' ? (await listSetAside(REPLAY_LIMIT)).map(({ requestId }) => requestId) : [...requestIds];
      let replayed = 0;
      while (ids.length > 0) {
        replayed += await command('Replaying usage records', store.replay(ids.splice(0, REPLAY_CHUNK)));
      }
      return replayed;
    },
  };
}

function reader(store: UsageLogStoreReader): UsageLogReader {
  const command = (what: string, work: Promise<void>): Promise<void> => engineCall(what, COMMAND_DEADLINE_MS, work);
  const idsOf = (entries: readonly { id: string }[]): string[] => entries.map(({ id }) => id);
  let running: Promise<unknown> = Promise.resolve();
  return {
    async read({ max, waitMs }) {
      const taking = store.take(max, waitMs);
      running = taking.catch(() => undefined);
      return (await engineCall('Reading the usage log', waitMs + 2 * COMMAND_DEADLINE_MS, taking)).map(toEntry);
    },
    async acknowledge(entries) {
      if (entries.length === 0) return;
      await command('Acknowledging usage records', store.acknowledge(idsOf(entries)));
    },
    async handBack(entries) {
      if (entries.length === 0) return;
      await command('Handing usage records back', store.handBack(idsOf(entries)));
    },
    setAside: ({ id }, reason) => command('Setting a usage record aside', store.setAside(id, reason)),
    async close() {
      store.interrupt();
      const closing = running.then(() => store.close());
      await engineCall('Closing the usage log', CLOSE_DEADLINE_MS, closing);
    },
  };
}

const toStored = (record: UsageRecord): StoredRecord => ({
  requestId: record.requestId,
  text: JSON.stringify({ v: VERSION, record }),
});

function toEntry({ id, requestId, text, deliveries, appendedAt }: TakenRecord): UsageLogEntry {
  return { id, requestId, deliveries, appendedAt, ...readRecord(text) };
}

function readRecord(text: string): { record: UsageRecord } | { record: null; unreadable: string } {
  const unreadable = (why: string): { record: null; unreadable: string } => ({ record: null, unreadable: why });
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch {
    return unreadable('it is not JSON');
  }
  if (typeof envelope !== 'object' || envelope === null || !('v' in envelope) || !('record' in envelope)) {
    return unreadable('it is not a versioned record');
  }
  if (envelope.v !== VERSION) return unreadable(`it has version ${String(envelope.v)}, this reader knows ${VERSION}`);
  const parsed = usageRecordSchema.safeParse(envelope.record);
  if (parsed.success) return { record: parsed.data };
  // Paths and codes only: messages may quote the record.
  return unreadable(parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`).join(', '));
}
