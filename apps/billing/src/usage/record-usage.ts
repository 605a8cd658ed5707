import type { LedgerStore, PricedRecord } from '@lumenfall/ledger';
import { priceUsage } from '@lumenfall/metering';
import type { UsageRecord } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { batchSizes, recordsTotal, unpricedTotal } from './usage-metrics.js';

/** No record is at fault: all must be applied again. */
export class DatabaseUnreachable extends Error {
  override readonly name = 'DatabaseUnreachable';
}

export interface UsagePorts {
  ledger: Pick<LedgerStore, 'apply'>;
  /** Rejects if the database cannot be reached: then no record is at fault. */
  ping(): Promise<void>;
  log: Logger;
}

/**
 * Prices records and applies them, each exactly once however often it is delivered. All share one transaction; if it
 * fails, each half gets its own, and so on, so that a bad record does not block the others. Rejects with
 * `DatabaseUnreachable` if some are not applied for that reason.
 *
 * @returns one result per record, in their order
 */
export async function recordUsage(
  records: readonly UsageRecord[],
  ports: UsagePorts,
): Promise<PromiseSettledResult<void>[]> {
  if (records.length === 0) return [];
  batchSizes.observe(records.length);
  const priced = records.map(price);
  const usable = priced.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = new Map<PricedRecord, unknown>();
  await applyAll(usable, ports, failures);
  return priced.map((result): PromiseSettledResult<void> => {
    const reason = result.status === 'rejected' ? (result.reason as unknown) : failures.get(result.value);
    if (reason === undefined) return { status: 'fulfilled', value: undefined };
    recordsTotal.inc({ outcome: 'failed' });
    return { status: 'rejected', reason };
  });
}

async function applyAll(
  usages: readonly PricedRecord[],
  ports: UsagePorts,
  failures: Map<PricedRecord, unknown>,
): Promise<void> {
  const [first] = usages;
  if (first === undefined) return;
  try {
    await applyTogether(usages, ports);
  } catch (error) {
    if (await isUnreachable(ports)) throw new DatabaseUnreachable('The ledger cannot be reached', { cause: error });
    if (usages.length === 1) {
      failures.set(first, error);
      return;
    }
    const middle = Math.ceil(usages.length / 2);
    for (const half of [usages.slice(0, middle), usages.slice(middle)]) await applyAll(half, ports, failures);
  }
}

async function applyTogether(usages: readonly PricedRecord[], { ledger, log }: UsagePorts): Promise<void> {
  const recorded = await ledger.apply(usages);
  recordsTotal.inc({ outcome: 'recorded' }, recorded.size);
  recordsTotal.inc({ outcome: 'repeated' }, usages.length - recorded.size);
  for (const { record, unpriced } of usages) {
    if (!unpriced || !recorded.has(record.requestId)) continue;
    unpricedTotal.inc();
    log.error(
      { alarm: 'unpriced', requestId: record.requestId, executedModel: record.executedModel },
      'usage without a price was recorded at cost 0',
    );
  }
}

function price(record: UsageRecord): PromiseSettledResult<PricedRecord> {
  try {
    const { totalMicros, unpriced } = priceUsage(record.charge);
    return { status: 'fulfilled', value: { record, costMicros: totalMicros, unpriced } };
  } catch (reason) {
    return { status: 'rejected', reason };
  }
}

const isUnreachable = ({ ping }: UsagePorts): Promise<boolean> =>
  ping().then(
    () => false,
    () => true,
  );
