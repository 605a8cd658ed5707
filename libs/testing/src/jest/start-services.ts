// Jest loads this file outside its module system: no workspace imports, and no `.js` on relative ones.
import { randomBytes } from 'node:crypto';
import { dropTemplates } from '../postgres';
import { findPostgres } from '../services/postgres-service';
import { findRedis } from '../services/redis-service';
import { running } from './running-services';

/**
 * Runs once before the tests that need services and passes their addresses in the environment:
 * `LUMENFALL_TEST_DATABASE`, `LUMENFALL_TEST_REDIS` (empty if there is no Redis, with the reason in
 * `LUMENFALL_TEST_REDIS_MISSING`); `LUMENFALL_TEST_RUN` is a name for this run.
 */
export default async function startServices(): Promise<void> {
  const [postgres, redis] = await Promise.all([findPostgres(process.env), findRedis(process.env)]);
  process.env['LUMENFALL_TEST_DATABASE'] = postgres.url;
  const run = (process.env['LUMENFALL_TEST_RUN'] = randomBytes(6).toString('hex'));
  const close = async (): Promise<void> => {
    await dropTemplates(postgres.url, run);
    await postgres.close();
  };
  running.push({ close });
  if (typeof redis === 'string') {
    process.env['LUMENFALL_TEST_REDIS'] = '';
    process.env['LUMENFALL_TEST_REDIS_MISSING'] = redis;
  } else {
    process.env['LUMENFALL_TEST_REDIS'] = redis.url;
    running.push(redis);
  }
  const redisFound = typeof redis === 'string' ? `${redis}: its tests are skipped` : `Redis from ${redis.origin}`;
  process.stderr.write(`Services for tests: PostgreSQL from ${postgres.origin}; ${redisFound}\n`);
}
