import { metrics } from '@lumenfall/service-kit';
import { Counter, Gauge } from 'prom-client';

/** `settled` with the usage record; `released` by the gateway; `expired`: the sweep found nothing at work. */
export const holdsEnded = new Counter({
  name: 'lumenfall_billing_holds_ended_total',
  help: 'Holds that ended, by outcome',
  labelNames: ['outcome'],
  registers: [metrics],
});

/** `held`, `refused` for lack of balance, `late` or `ended` before they were placed. */
export const holdsAsked = new Counter({
  name: 'lumenfall_billing_holds_asked_total',
  help: 'Holds that were asked for, by outcome',
  labelNames: ['outcome'],
  registers: [metrics],
});

export const openHolds = new Gauge({
  name: 'lumenfall_billing_holds_open',
  help: 'Holds that have not ended',
  registers: [metrics],
});

export const heldMicros = new Gauge({
  name: 'lumenfall_billing_holds_open_micros',
  help: 'Sum of the holds that have not ended, in micros of a US dollar',
  registers: [metrics],
});

export const oldestHold = new Gauge({
  name: 'lumenfall_billing_holds_oldest_seconds',
  help: 'Age of the oldest hold that has not ended; 0 if there is none',
  registers: [metrics],
});
