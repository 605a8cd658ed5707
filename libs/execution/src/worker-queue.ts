import { EngineRefused, openQueueEngine, type QueueEngine } from '@lumenfall/queue';
import { OperatorError, type Logger } from '@lumenfall/service-kit';

/** Opens a worker's queue engine. Throws an `OperatorError` where the engine behind the URL cannot be used. */
export async function openWorkerQueue(
  name: string,
  { QUEUE_URL, QUEUE_STALL_MS }: { QUEUE_URL: string; QUEUE_STALL_MS: number },
  log: Logger,
): Promise<QueueEngine> {
  let opened = false;
  try {
    const engine = await openQueueEngine(QUEUE_URL, {
      name,
      stallMs: QUEUE_STALL_MS,
      // What fails while opening is the one line below.
      onError: (error) => log[opened ? 'error' : 'debug']({ err: error }, 'queue'),
    });
    opened = true;
    return engine;
  } catch (error) {
    if (error instanceof EngineRefused) throw new OperatorError(error.message);
    throw error;
  }
}
