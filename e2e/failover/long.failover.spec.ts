import { findRedis } from '../../libs/testing/src/services/redis-service.js';
import { describeFailover } from './describe-failover.js';
import { JUDGED_FROM } from './providers.js';

const REQUESTS = Number(process.env['FAILOVER_REQUESTS'] ?? 5_000);
const long = { requests: REQUESTS, atOnce: 40, leastCalls: Math.min(JUDGED_FROM, REQUESTS / 50) };

describeFailover('PostgreSQL', { ...long, variables: {} });

const redis = await findRedis(process.env);
if (typeof redis === 'string') describe.skip(`on Redis [skipped, ${redis}]`, () => it('is not tried', () => undefined));
else {
  afterAll(() => redis.close());
  describeFailover('Redis', { ...long, variables: { QUEUE_URL: `${redis.url}?prefix=failover-${process.pid}` } });
}
