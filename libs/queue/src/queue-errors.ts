/** The engine cannot be used as it is. The message is one line for whoever runs the service, without secrets. */
export class EngineRefused extends Error {
  override readonly name = 'EngineRefused';
  /** The message is for whoever runs the service: no stack, one line. */
  readonly forOperator = true;
}

/** The engine did not take a command in time. Whether it carried it out is not known; jobs are safe to add again by id. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** One part of an answer is larger than the reply channel carries (`MAX_PART_BYTES`). */
export class ReplyTooLarge extends Error {
  override readonly name = 'ReplyTooLarge';
}

/** For messages: host and port of a URL, never its user, password or query. */
export function placeOf(url: URL): string {
  const port = url.port || (url.protocol.startsWith('redis') ? '6379' : '5432');
  return `${url.hostname || 'localhost'}:${port}`;
}

export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
