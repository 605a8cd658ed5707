import { collectDefaultMetrics, Registry } from 'prom-client';

/** The process's one registry, in Prometheus' text form on `GET /metrics`. */
export const metrics = new Registry();
collectDefaultMetrics({ register: metrics });
