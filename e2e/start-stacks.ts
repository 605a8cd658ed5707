// Jest loads this file outside its module system: no workspace imports, and no `.js` on relative ones.
import { existsSync } from 'node:fs';
import { startOwnStack, type StackAddress } from './own-stack';
import { running } from '../libs/testing/src/jest/running-services';
import { findRedis } from '../libs/testing/src/services/redis-service';

/**
 * Runs once before the end-to-end tests. With `LUMENFALL_BASE_URL` and `LUMENFALL_API_KEY` they drive that system;
 * without, a stack is started by the code of `npm start` for each queue engine of this machine, or for the one in
 * `LUMENFALL_E2E_QUEUE`.
 */
export default async function startStacks(): Promise<void> {
  const stacks: StackAddress[] = [];
  const missing: string[] = [];
  const { LUMENFALL_BASE_URL: baseUrl, LUMENFALL_API_KEY: apiKey } = process.env;
  if (baseUrl) {
    if (!apiKey) throw new Error('LUMENFALL_BASE_URL is set but LUMENFALL_API_KEY is not.');
    stacks.push({ name: baseUrl, baseUrl: baseUrl.replace(/\/+$/, ''), apiKey, home: null });
  } else {
    if (!existsSync('dist/apps/gateway/main.js'))
      throw new Error('Nothing is built yet: run npm run build, or npm test.');
    const only = process.env['LUMENFALL_E2E_QUEUE'];
    const starting = only === 'Redis' ? [] : [startOwnStack('PostgreSQL', {})];
    const redis = only === 'PostgreSQL' ? null : await findRedis(process.env);
    if (typeof redis === 'string') missing.push(redis);
    else if (redis !== null) {
      running.push(redis);
      starting.push(startOwnStack('Redis', { QUEUE_URL: `${redis.url}?prefix=e2e-${process.pid}` }));
    }
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === 'rejected') throw started.reason;
      running.unshift(started.value);
      stacks.push(started.value.address);
    }
  }
  process.env['LUMENFALL_E2E_STACKS'] = JSON.stringify(stacks);
  process.env['LUMENFALL_E2E_MISSING'] = JSON.stringify(missing);
  const rest = missing.length > 0 ? `; skipped, ${missing.join('; ')}` : '';
  process.stderr.write(`End-to-end tests drive: ${stacks.map(({ name }) => name).join(', ')}${rest}\n`);
}
