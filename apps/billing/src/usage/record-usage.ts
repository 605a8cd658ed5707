import type { LedgerStore, PricedRecord } from '@lumenfall/ledger';
import { priceUsage } from '@lumenfall/metering';
import type { UsageRecord } from '@lumenfall/contracts';
import type { Logger } from '@lumenfall/service-kit';
import { batchSizes, recordsTotal, unpricedTotal } from './usage-metrics.js';

export interface UsagePorts {
  ledger: Pick<LedgerStore, 'apply'>;
  /** Tells a bad record from a database that is away. */
  ping(): Promise<void>;
  log: Logger;
}

/**
 * Prices records and applies them, each exactly once however often it is delivered. One transaction for all of them;
 * where that fails, each for itself, so that a bad record holds up nobody but itself.
 *
 * @returns one result per record, in their order; a rejected one has to be delivered again
 */
export async function recordUsage(
  records: readonly UsageRecord[],
  ports: UsagePorts,
): Promise<PromiseSettledResult<void>[]> {
  batchSizes.observe(records.length);
  const priced = records.map(price);
  const usable = priced.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failures = await applyAll(usable, ports);
  return priced.map((result): PromiseSettledResult<void> => {
    const reason = result.status === 'rejected' ? (result.reason as unknown) : failures.get(result.value);
    if (reason === undefined) return { status: 'fulfilled', value: undefined };
    recordsTotal.inc({ outcome: 'failed' });
    return { status: 'rejected', reason };
  });
}

/** The failures, by record; empty where all went well. */
async function applyAll(usages: readonly PricedRecord[], ports: UsagePorts): Promise<Map<PricedRecord, unknown>> {
  const failures = new Map<PricedRecord, unknown>();
  try {
    await applyTogether(usages, ports);
  } catch (error) {
    const alone = usages.length === 1 || (await isAway(ports));
    if (alone) for (const usage of usages) failures.set(usage, error);
    else {
      for (const usage of usages) {
        await applyTogether([usage], ports).catch((reason: unknown) => failures.set(usage, reason));
      }
    }
  }
  return failures;
}

async function applyTogether(usages: readonly PricedRecord[], { ledger, log }: UsagePorts): Promise<void> {
  const recorded = await ledger.apply(usages);
  recordsTotal.inc({ outcome: 'recorded' }, recorded.size);
  recordsTotal.inc({ outcome: 'repeated' }, usages.length - recorded.size);
  for (const { record, unpriced } of usages) {
    if (!unpriced || !recorded.has(record.requestId)) continue;
    unpricedTotal.inc();
    log.error(
      { requestId: record.requestId, executedModel: record.executedModel },
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

const isAway = ({ ping }: UsagePorts): Promise<boolean> =>
  ping().then(
    () => false,
    () => true,
  );
