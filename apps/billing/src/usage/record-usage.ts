import type { LedgerStore, PricedRecord } from '@lumenfall/ledger';
import { priceUsage } from '@lumenfall/metering';
import type { UsageRecord } from '@lumenfall/contracts';
import { metrics, type Logger } from '@lumenfall/service-kit';
import { Counter, Histogram } from 'prom-client';

/** `recorded`; `repeated`: delivered before, nothing changed; `failed`: will be delivered again. */
const recordsTotal = new Counter({
  name: 'lumenfall_billing_records_total',
  help: 'Usage records by outcome',
  labelNames: ['outcome'],
  registers: [metrics],
});

/** Should stay 0: this usage was delivered and not charged. */
const unpricedTotal = new Counter({
  name: 'lumenfall_unpriced_usage_total',
  help: 'Usage records with quantities that no price covers',
  registers: [metrics],
});

const batchSizes = new Histogram({
  name: 'lumenfall_billing_batch_records',
  help: 'Usage records applied in one transaction',
  buckets: [1, 2, 5, 10, 25, 50, 100],
  registers: [metrics],
});

export interface UsagePorts {
  ledger: Pick<LedgerStore, 'apply'>;
  /** Rejects if the database cannot be reached: then no record is at fault. */
  ping(): Promise<void>;
  log: Logger;
}

/**
 * Prices records and applies them, each exactly once however often it is delivered. All share one transaction; if it
 * fails, each gets its own, so that a bad record does not block the others.
 *
 * @returns one result per record, in their order; a rejected record must be delivered again
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

/** The failures, by record. */
async function applyAll(usages: readonly PricedRecord[], ports: UsagePorts): Promise<Map<PricedRecord, unknown>> {
  const failures = new Map<PricedRecord, unknown>();
  try {
    await applyTogether(usages, ports);
  } catch (error) {
    const sameForAll = usages.length === 1 || (await isUnreachable(ports));
    if (sameForAll) for (const usage of usages) failures.set(usage, error);
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
