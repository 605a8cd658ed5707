import { providerAdapters, type ProviderAdapters } from '@lumenfall/providers';
import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import type { Logger, ShutdownStep } from '@lumenfall/service-kit';
import { HealthWatch } from './health/health-watch.js';
import { providerClients, type FindClients } from './provider-clients.js';
import { endpointsFrom } from './worker-configuration.js';

/** What every worker opens before it takes jobs. */
export interface OpenWorker<A> {
  engine: QueueEngine;
  clients: FindClients<A>;
  health: HealthWatch;
  /** Closes all of it, in this order. */
  close: ShutdownStep[];
}

/**
 * Opens a worker for one kind of work: its queue, the clients of its providers, and their shared health. Throws one
 * line for the operator if a variable is invalid or the queue engine cannot be used.
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
  const close = [
    { name: 'provider health', run: () => health.close() },
    { name: 'queue', run: () => engine.close() },
  ];
  return { engine, clients, health, close };
}
