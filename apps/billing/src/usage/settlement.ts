import { deadline, pause } from '@lumenfall/async';
import type { UsageRecord } from '@lumenfall/contracts';
import type { UsageLogEntry, UsageLogReader } from '@lumenfall/queue';
import { DatabaseUnreachable, recordUsage, type UsagePorts } from './record-usage.js';
import { setAsideTotal } from './usage-metrics.js';

/** Records of one transaction. */
const MAX_BATCH = 500;
/** How long a read waits for the first record. */
const READ_WAIT_MS = 5_000;
/** Pause after a batch that was not full: no client waits for a record, and large batches cost less. */
const GATHER_MS = 150;
const RETRY_MS = 500;
/** A record that was refused this often is set aside. */
const MAX_REFUSALS = 3;
/** A record that was delivered this often without a result is set aside: its readers probably died of it. */
const MAX_DELIVERIES = 20;
const MAX_REASON_CHARS = 500;

type ReadableEntry = UsageLogEntry & { record: UsageRecord };

/**
 * Reads usage records and applies them in batches until it is closed. A batch is acknowledged after it was applied, so
 * a crash in between delivers it again, which changes nothing. Any number of processes may do this at once.
 */
export class Settlement {
  readonly #closing = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly reader: UsageLogReader,
    private readonly ports: UsagePorts,
  ) {}

  start(): void {
    this.#running = this.#run();
  }

  /** Applies and acknowledges what was read, within `graceMs`, and reads nothing more. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    const closed = this.reader.close().then(() => this.#running);
    await deadline(closed, graceMs, () => {
      this.ports.log.warn('usage records that were read are not applied yet; they will be delivered again');
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const entries = await this.reader.read({ max: MAX_BATCH, waitMs: READ_WAIT_MS });
        await this.#settle(entries);
        if (entries.length > 0 && entries.length < MAX_BATCH) await pause(GATHER_MS, { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.ports.log.error({ err: error }, 'usage records could not be read or acknowledged; trying again');
        await pause(RETRY_MS, { signal });
      }
    }
  }

  async #settle(entries: readonly UsageLogEntry[]): Promise<void> {
    const usable: ReadableEntry[] = [];
    for (const entry of entries) {
      if (entry.record === null) await this.#setAside(entry, `unreadable: ${entry.unreadable}`);
      else if (entry.deliveries > MAX_DELIVERIES) await this.#setAside(entry, 'delivered too often without a result');
      else usable.push(entry);
    }
    const results = await this.#apply(usable);
    if (results === null) return this.reader.handBack(usable);
    // First, so that a failure below does not deliver them again.
    await this.reader.acknowledge(usable.filter((_, index) => results[index]?.status === 'fulfilled'));
    for (const [index, entry] of usable.entries()) {
      const result = results[index];
      if (result?.status === 'rejected') await this.#refused(entry, result.reason);
    }
  }

  /** Waits for the database if it cannot be reached; null if this is closed meanwhile. */
  async #apply(entries: readonly ReadableEntry[]): Promise<PromiseSettledResult<void>[] | null> {
    const { signal } = this.#closing;
    for (;;) {
      try {
        return await recordUsage(
          entries.map(({ record }) => record),
          this.ports,
        );
      } catch (error) {
        if (!(error instanceof DatabaseUnreachable)) throw error;
        this.ports.log.error({ err: error.cause }, 'the database cannot be reached; usage records wait for it');
        await pause(RETRY_MS, { signal });
        if (signal.aborted) return null;
      }
    }
  }

  async #refused(entry: ReadableEntry, reason: unknown): Promise<void> {
    const { requestId, deliveries } = entry;
    if (deliveries >= MAX_REFUSALS)
      return this.#setAside(entry, reason instanceof Error ? reason.message : String(reason));
    this.ports.log.warn({ err: reason, requestId, deliveries }, 'a usage record was refused; it is delivered again');
  }

  async #setAside(entry: UsageLogEntry, reason: string): Promise<void> {
    const { requestId, deliveries } = entry;
    await this.reader.setAside(entry, reason.trim().slice(0, MAX_REASON_CHARS));
    setAsideTotal.inc();
    this.ports.log.error(
      { alarm: 'usage-set-aside', requestId, deliveries, reason },
      'a usage record was set aside and is not charged; replay it once the cause is gone',
    );
  }
}
