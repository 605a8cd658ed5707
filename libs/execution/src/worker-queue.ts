import { openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import type { Logger } from '@lumenfall/service-kit';

/** Opens a worker's queue engine. Throws `EngineRefused`, one line, where the engine behind the URL cannot be used. */
export function openWorkerQueue(
  name: string,
  { QUEUE_URL, QUEUE_STALL_MS }: { QUEUE_URL: string; QUEUE_STALL_MS: number },
  log: Logger,
): Promise<QueueEngine> {
  return openQueueEngine(QUEUE_URL, {
    name,
    stallMs: QUEUE_STALL_MS,
    onError: (error) => log.error({ err: error }, 'queue'),
  });
}
