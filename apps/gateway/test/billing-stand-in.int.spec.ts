import { createBillingClient, type BillingClient } from '@lumenfall/billing-client';
import { billingContract, operationsContract } from '@lumenfall/testing';
import { BillingStandIn } from './billing-stand-in.js';

describe("the gateway tests' stand-in for billing", () => {
  const billing = new BillingStandIn();
  let client: BillingClient;
  let baseUrl: string;
  beforeAll(async () => {
    baseUrl = await billing.start();
    client = createBillingClient({ baseUrl, timeoutMs: 2_000 });
  });
  afterAll(async () => {
    client.close();
    await billing.stop();
  });

  billingContract(async () => {
    billing.balanceMicros = 10_000_000;
    billing.holds.clear();
    billing.records.length = 0;
    return { client, baseUrl, organizationId: 'org_1', record: async (usage) => void billing.records.push(usage) };
  });

  operationsContract(async () => {
    billing.balanceMicros = 10_000_000;
    return { client, organizationId: 'org_1' };
  });
});
