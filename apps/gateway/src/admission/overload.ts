import { apiError, fail, succeed, type QueueName, type Result } from '@lumenfall/contracts';
import { ExpiringCache } from './expiring-cache.js';

/** Refuses work while a queue is too deep. The depth is cached for 200 ms. */
export class OverloadGate {
  readonly #depths: ExpiringCache<number>;

  constructor(
    depth: (queue: QueueName) => Promise<number>,
    private readonly maxDepth: number,
  ) {
    this.#depths = new ExpiringCache((queue) => depth(queue as QueueName), {
      maxEntries: 8,
      freshMs: () => 200,
      staleMs: 800,
    });
  }

  /** Errors: `OVERLOADED`, also if the queue does not answer. */
  async check(queue: QueueName): Promise<Result<void>> {
    const depth = await Promise.resolve(this.#depths.get(queue)).catch(() => null);
    if (depth === null)
      return fail(
        apiError('OVERLOADED', 'The request cannot be queued at the moment. Send it again in a few seconds', {
          retryAfterMs: 2_000,
        }),
      );
    if (depth < this.maxDepth) return succeed(undefined);
    return fail(
      apiError('OVERLOADED', 'Too many requests are waiting. Send the request again in a few seconds', {
        retryAfterMs: 5_000,
      }),
    );
  }
}
