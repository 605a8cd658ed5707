import { providerAdapters, type ProviderAdapters } from '@lumenfall/providers';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import type { Logger, ShutdownStep } from '@lumenfall/service-kit';
import { HealthWatch } from './health/health-watch.js';
import { providerClients, type FindClients } from './provider-clients.js';
import { endpointsFrom } from './worker-configuration.js';

/** What every worker opens before it takes work. */
export interface OpenWorker<A> {
  engine: QueueEngine;
  clients: FindClients<A>;
  health: HealthWatch;
  /** Closes all of it, in this order. */
  stop: ShutdownStep[];
}

/**
 * Opens a worker for one kind of work: its queue, the providers that its keys reach, and what all workers know of them. Throws one
 * line for the operator where a variable cannot be, or the engine behind the queue's address cannot be used.
 *
 * @param configuration `workerShape`, with the providers' own variables in it
 */
export async function openWorker<K extends keyof ProviderAdapters>(
  kind: K,
  configuration: Readonly<Record<string, unknown>> & { QUEUE_URL: string; QUEUE_STALL_MS: number },
  log: Logger,
): Promise<OpenWorker<NonNullable<ProviderAdapters[K]>>> {
  const clients = providerClients(kind, providerAdapters, endpointsFrom(configuration));
  const engine = await openQueueEngine(configuration.QUEUE_URL, {
    name: `${kind}-worker`,
    stallMs: configuration.QUEUE_STALL_MS,
    onError: (error) => log.error({ err: error }, 'queue'),
  });
  const health = new HealthWatch(await engine.openSharedState(), log);
  const stop = [
    { name: 'provider health', run: () => health.close() },
    { name: 'queue', run: () => engine.close() },
  ];
  return { engine, clients, health, stop };
}
