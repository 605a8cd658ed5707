import { describeFailover } from './failover/describe-failover.js';
import './stacks.js';

/** The short form; `npm run test:failover` is the long one, with 5,000 requests. */
describeFailover('PostgreSQL', { requests: 500, atOnce: 25, leastCalls: 5, variables: {} });
