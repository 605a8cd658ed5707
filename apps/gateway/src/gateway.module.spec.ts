import type { BillingClient } from '@lumenfall/billing-client';
import { succeed } from '@lumenfall/contracts';
import { createLogger, Readiness, ServiceRoot } from '@lumenfall/service-kit';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { gatewayConfiguration } from './configuration.js';
import { configureHttp } from './configure-http.js';
import { GatewayModule } from './gateway.module.js';
import { LiveCatalog } from './models/live-catalog.js';
import {
  API_KEYS,
  BILLING,
  DATABASE,
  IMAGE_RUNS,
  INBOX,
  LIMIT_COUNTERS,
  MEDIA,
  PRODUCER,
  QUEUE_ENGINE,
  USAGE,
  VIDEO_STORE,
} from './tokens.js';

const KEY = 'lmnfl_key1.secret';
const secretHash = '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b';
const record = {
  id: 'key1',
  organizationId: 'org_1',
  secretHash,
  status: 'active',
  rules: { allow: [], deny: [] },
  expiresAt: null,
  limits: {},
  organizationLimits: {},
  mediaRetention: 'none',
  marginPercent: null,
  payloadRetention: 'none',
};

const billing: Pick<BillingClient, 'balance'> = {
  balance: async () =>
    succeed({
      billingType: 'prepaid',
      balanceMicros: 7_000_000,
      heldMicros: 0,
      availableMicros: 7_000_000,
      low: false,
    }),
};

describe('the gateway module', () => {
  let app: NestFastifyApplication;
  let url: string;

  /** The whole gateway without database, queue, billing and files: each connection is replaced by its token. */
  beforeAll(async () => {
    const environment = {
      DATABASE_URL: 'postgres://localhost/none',
      QUEUE_URL: 'postgres://localhost/none',
      BILLING_URL: 'http://localhost:9',
      SANDBOX_URL: 'http://127.0.0.1:9',
    };
    const root = ServiceRoot.forRoot({
      module: GatewayModule,
      configuration: gatewayConfiguration.parse(environment),
      log: createLogger('test', 'silent'),
      readiness: new Readiness(async () => undefined),
    });
    let builder = Test.createTestingModule({ imports: [root] });
    for (const token of [
      DATABASE,
      IMAGE_RUNS,
      INBOX,
      LIMIT_COUNTERS,
      MEDIA,
      PRODUCER,
      QUEUE_ENGINE,
      USAGE,
      VIDEO_STORE,
    ]) {
      builder = builder.overrideProvider(token).useValue({});
    }
    const testing = await builder
      .overrideProvider(BILLING)
      .useValue(billing)
      .overrideProvider(API_KEYS)
      .useValue({
        findAll: async (ids: string[]) => new Map(ids.includes(record.id) ? [[record.id, record]] : []),
        touch: async () => undefined,
      })
      .compile();
    app = testing.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    configureHttp(app);
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterAll(async () => {
    await app.get(LiveCatalog, { strict: false }).close();
    await app.close();
  });

  const get = (path: string, key = KEY): Promise<Response> =>
    fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });

  it('answers with the balance of a replaced billing client', async () => {
    expect(await (await get('/v1/balance')).json()).toEqual({
      object: 'balance',
      billing_type: 'prepaid',
      available: { amount: 7, currency: 'usd' },
      balance: { amount: 7, currency: 'usd' },
      held: { amount: 0, currency: 'usd' },
    });
  });

  it('still authenticates, by the replaced key store', async () => {
    expect((await get('/v1/balance', 'lmnfl_key2.secret')).status).toBe(401);
    expect((await get('/v1/balance', 'lmnfl_key1.other')).status).toBe(401);
  });

  it('answers failures of every layer in the one envelope', async () => {
    const answers = await Promise.all(
      ['/v1/nowhere', '/v1/requests?limit=0', '/v1/models/none'].map((path) => get(path)),
    );
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 404]);
    for (const answer of answers) expect(await answer.json()).toHaveProperty('error.code');
  });
});
