import type { UsageLog } from '@lumenfall/queue';
import { metrics, type Logger } from '@lumenfall/service-kit';
import { startPeriodicTask, type PeriodicTask } from '@lumenfall/async';
import { Counter, Gauge, Histogram } from 'prom-client';

/** `recorded`; `repeated`: delivered before, nothing changed; `failed`: will be delivered again, or set aside. */
export const recordsTotal = new Counter({
  name: 'lumenfall_billing_records_total',
  help: 'Usage records by outcome',
  labelNames: ['outcome'],
  registers: [metrics],
});

/** Should stay 0: this usage was delivered and not charged. */
export const unpricedTotal = new Counter({
  name: 'lumenfall_unpriced_usage_total',
  help: 'Usage records with quantities that no price covers',
  registers: [metrics],
});

/** Should stay 0: this usage is not charged before an operator replays it. */
export const setAsideTotal = new Counter({
  name: 'lumenfall_billing_set_aside_total',
  help: 'Usage records that were set aside because they could not be applied',
  registers: [metrics],
});

export const batchSizes = new Histogram({
  name: 'lumenfall_billing_batch_records',
  help: 'Usage records applied in one transaction',
  buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
  registers: [metrics],
});

const depth = new Gauge({
  name: 'lumenfall_billing_log_records',
  help: 'Usage records that are not applied yet',
  registers: [metrics],
});
const lag = new Gauge({
  name: 'lumenfall_billing_log_lag_seconds',
  help: 'Age of the oldest usage record that is not applied yet',
  registers: [metrics],
});
const setAside = new Gauge({
  name: 'lumenfall_billing_log_set_aside',
  help: 'Usage records that are set aside at present',
  registers: [metrics],
});

const MEASURE_MS = 5_000;
const ALARM_LAG_MS = 30_000;

/** Measures the usage log for `/metrics`, and logs an alarm while it lags. */
export function watchUsageLog(usageLog: Pick<UsageLog, 'figures'>, log: Logger): PeriodicTask {
  const measure = async (): Promise<void> => {
    const figures = await usageLog.figures();
    depth.set(figures.depth);
    lag.set(figures.lagMs / 1_000);
    setAside.set(figures.setAside);
    if (figures.lagMs < ALARM_LAG_MS) return;
    log.error({ alarm: 'settlement-lag', ...figures }, 'usage records are applied too slowly, or not at all');
  };
  return startPeriodicTask(measure, {
    everyMs: MEASURE_MS,
    onError: (error) => log.error({ err: error }, 'the usage log could not be measured'),
  });
}
