import type { EntryId, SetAsideRecord, UsageLogFigures } from './usage-log.js';

/** A record as the engine stores it. */
export interface StoredRecord {
  requestId: string;
  /** JSON of the record and the version of its schema. */
  text: string;
}

export interface TakenRecord extends StoredRecord, EntryId {
  deliveries: number;
  /** Unix ms */
  appendedAt: number;
}

/** The log in one of the two engines. The calls have no deadlines of their own. */
export interface UsageLogStore {
  append(record: StoredRecord): Promise<void>;
  openReader(): Promise<UsageLogStoreReader>;
  figures(): Promise<UsageLogFigures>;
  isSetAside(requestId: string): Promise<boolean>;
  listSetAside(limit: number): Promise<SetAsideRecord[]>;
  replay(requestIds: readonly string[]): Promise<number>;
}

export interface UsageLogStoreReader {
  /** Records that no reader has, or whose reader has been silent for `stallMs`; waits up to `waitMs` for the first. */
  take(max: number, waitMs: number): Promise<TakenRecord[]>;
  acknowledge(ids: readonly string[]): Promise<void>;
  handBack(ids: readonly string[]): Promise<void>;
  setAside(id: string, reason: string): Promise<void>;
  /** Ends a `take` that waits, and every later one at once. */
  interrupt(): void;
  /** Called when no `take` is running. */
  close(): Promise<void>;
}
