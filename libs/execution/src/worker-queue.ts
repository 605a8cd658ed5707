import { EngineRefused, openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { OperatorError, type Logger } from '@lumenfall/service-kit';

/** Opens a worker's queue engine. Throws an `OperatorError` where the engine behind the URL cannot be used. */
export async function openWorkerQueue(
  name: string,
  { QUEUE_URL, QUEUE_STALL_MS }: { QUEUE_URL: string; QUEUE_STALL_MS: number },
  log: Logger,
): Promise<QueueEngine> {
  try {
    return await openQueueEngine(QUEUE_URL, {
      name,
      stallMs: QUEUE_STALL_MS,
      onError: (error) => log.error({ err: error }, 'queue'),
    });
  } catch (error) {
    if (error instanceof EngineRefused) throw new OperatorError(`QUEUE_URL: ${error.message}`);
    throw error;
  }
}
