import { randomBytes } from 'node:crypto';

/**
 * A queue URL of its own on the test Redis: `redis://host:port?prefix=lumenfall-test-...`, so that suites that run at
 * once share nothing. Throws where there is no Redis: use it inside `describeWithRedis`.
 */
export function testRedisUrl(): string {
  const base = process.env['LUMENFALL_TEST_REDIS'];
  if (!base) throw new Error(missingRedis());
  const url = new URL(base);
  url.searchParams.set('prefix', `lumenfall-test-${randomBytes(6).toString('hex')}`);
  return url.href;
}

/** `describe`, or the same reported as skipped with the reason where this machine has no Redis. */
export function describeWithRedis(name: string, tests: () => void): void {
  if (process.env['LUMENFALL_TEST_REDIS']) describe(name, tests);
  else describe.skip(`${name} [skipped, ${missingRedis()}]`, tests);
}

function missingRedis(): string {
  return process.env['LUMENFALL_TEST_REDIS_MISSING'] || 'no Redis: LUMENFALL_TEST_REDIS is not set';
}
