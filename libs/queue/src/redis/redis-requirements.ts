import type { Redis } from 'ioredis';
import { EngineRefused } from '../queue-errors.js';

/** Throws `EngineRefused` unless this Redis keeps what it is given: any eviction policy but `noeviction` drops jobs. */
export async function assertKeepsJobs(client: Redis, place: string): Promise<void> {
  const memory = await client.info('memory');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    throw new EngineRefused(
      `Redis at ${place} runs with maxmemory-policy ${policy}, which may drop queued jobs. Set it to noeviction.`,
    );
  }
}
