import { apiError, fail, succeed, type QueueName, type Result } from '@lumenfall/contracts';
import { ExpiringCache } from './expiring-cache.js';

/** How much work of a kind waits; a count that is a fifth of a second old is good enough to refuse more. */
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

  /** Errors: `OVERLOADED`, also while the queue does not answer at all. */
  async check(queue: QueueName): Promise<Result<void>> {
    const depth = await Promise.resolve(this.#depths.get(queue)).catch(() => null);
    if (depth === null)
      return fail(apiError('OVERLOADED', 'Work cannot be queued right now. Please try again', { retryAfterMs: 2_000 }));
    if (depth < this.maxDepth) return succeed(undefined);
    return fail(
      apiError('OVERLOADED', 'Too much work is waiting. Please try again in a few seconds', { retryAfterMs: 5_000 }),
    );
  }
}
