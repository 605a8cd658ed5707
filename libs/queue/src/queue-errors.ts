import { deadline } from '@lumenfall/async';

/** The engine cannot be used as it is. The message is one line for the operator, without secrets. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';
  /** The message is printed alone, without a stack. */
  readonly forOperator = true;
}

/** The engine did not confirm a command in time; it may have executed it. Adding a job again under its id is safe. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** One part of an answer is larger than the reply channel carries (`MAX_PART_CHARS`). */
export class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge';
}

/**
 * Rejects with `QueueUnavailable` if `work` rejects or is still pending after `ms`; the work itself is not cancelled.
 */
export async function engineCall<T>(what: string, ms: number, work: Promise<T>): Promise<T> {
  try {
    return await deadline(work, ms, () => {
      throw new QueueUnavailable(`${what}: no answer from the queue engine in ${ms} ms`);
    });
  } catch (error) {
    if (error instanceof QueueUnavailable) throw error;
    throw new QueueUnavailable(`${what}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Host and port of a URL for messages, without user, password and query. */
export function placeOf(url: URL): string {
  const port = url.port || (url.protocol.startsWith('redis') ? '6379' : '5432');
  return `${url.hostname || 'localhost'}:${port}`;
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
