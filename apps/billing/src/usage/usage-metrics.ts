import { metrics } from '@lumenfall/service-kit';
import { Counter, Histogram } from 'prom-client';

/** `recorded` now, `repeated` deliveries that changed nothing, `failed` ones that will be delivered again. */
export const recordsTotal = new Counter({
  name: 'lumenfall_billing_records_total',
  help: 'Usage records by outcome',
  labelNames: ['outcome'],
  registers: [metrics],
});

/** Should stay 0: somebody used something that nobody pays for. */
export const unpricedTotal = new Counter({
  name: 'lumenfall_billing_unpriced_total',
  help: 'Usage records with quantities that no price covers',
  registers: [metrics],
});

export const batchSizes = new Histogram({
  name: 'lumenfall_billing_batch_records',
  help: 'Usage records applied in one transaction',
  buckets: [1, 2, 5, 10, 25, 50, 100],
  registers: [metrics],
});
