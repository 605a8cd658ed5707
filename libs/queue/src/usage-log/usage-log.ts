import type { UsageRecord } from '@lumenfall/contracts';

/** Takes usage records. The only face of the log that producers need. */
export interface UsageAppender {
  /**
   * Fulfils when the engine has the records, as durably as it has a job. Appends of the same turn of the event loop
   * share one round trip. Rejects with `QueueUnavailable` within about two seconds; then some records may have been
   * appended, and appending them again is safe because a record is applied once by its request id.
   */
  append(...records: UsageRecord[]): Promise<void>;
}

/**
 * The usage records on their way to billing: an append-only log with acknowledged readers. A record stays in the log
 * until it is acknowledged or set aside; its order has no meaning. Delivery is at least once.
 */
export interface UsageLog extends UsageAppender {
  /** Readers share the records: each record is delivered to one of them at a time. */
  openReader(): Promise<UsageLogReader>;
  figures(): Promise<UsageLogFigures>;
  /**
   * Whether a record that was appended at about `since`, if at all, may still be in the log or set aside. False: it was
   * applied or lost.
   */
  mayHave(requestId: string, since: Date): Promise<boolean>;
  /** The records that were set aside, at most `limit`. */
  listSetAside(limit: number): Promise<SetAsideRecord[]>;
  /** Appends records again that were set aside. @returns their number */
  replay(requestIds: readonly string[] | 'all'): Promise<number>;
}

/** Every call rejects with `QueueUnavailable` if the engine does not answer; the reader can be used again. */
export interface UsageLogReader {
  /**
   * Takes records: new ones, and those whose reader has been silent since it took them (`stallMs` of the engine). Waits
   * up to `waitMs` for the first one; fulfils with none after that or after `close`.
   */
  read(limits: { max: number; waitMs: number }): Promise<UsageLogEntry[]>;
  /** Removes records from the log. A repeat changes nothing. */
  acknowledge(entries: readonly EntryId[]): Promise<void>;
  /** Gives records back before `stallMs` has passed; a reader that opens gets them at once. */
  handBack(entries: readonly EntryId[]): Promise<void>;
  /** Moves a record out of the way of the others, until an operator replays it. Nothing if it is not in the log. */
  setAside(entry: EntryId, reason: string): Promise<void>;
  /** Ends a `read` that waits. Records that were taken and not acknowledged stay in the log. */
  close(): Promise<void>;
}

export interface EntryId {
  id: string;
}

export type UsageLogEntry = EntryId & {
  requestId: string;
  /** Times that the record was taken, this one included. */
  deliveries: number;
  /** Unix ms, by the clock of the engine. */
  appendedAt: number;
} & ({ record: UsageRecord } | { record: null; unreadable: string });

export interface UsageLogFigures {
  /** Records that are neither acknowledged nor set aside. */
  depth: number;
  /** Age of the oldest of them in ms; 0 if there is none. */
  lagMs: number;
  setAside: number;
}

export interface SetAsideRecord {
  requestId: string;
  reason: string;
  deliveries: number;
  /** Unix ms */
  setAsideAt: number;
}
