import type { BillingClient, NewHold } from '@lumenfall/billing-client';
import {
  holdTooLateSchema,
  newRequestId,
  requestQuerySchema,
  type HoldRequest,
  type RequestQuery,
  type UsageRecord,
} from '@lumenfall/contracts';
import { aPlan, anOffering } from '../builders/plan.js';
import { aUsageRecord } from '../builders/request.js';
import { eventually } from '../wait.js';

/**
 * A running billing service, real or a stand-in, with a prepaid account of 10 USD that has no holds and no requests.
 */
export interface BillingUnderTest {
  client: BillingClient;
  /** Where the service itself answers, for requests that the client does not make. */
  baseUrl: string;
  organizationId: string;
  /** Delivers a usage record; the history may have it only some time later. */
  record(usage: UsageRecord): Promise<void>;
}

const BALANCE = 10_000_000;

/**
 * What a client of billing may rely on. Real billing and the stand-in of the gateway's tests both pass it, so that a
 * test against the stand-in says something about the real service.
 *
 * @param start returns a service with a new account before each test
 */
export function billingContract(start: () => Promise<BillingUnderTest>): void {
  let client: BillingClient;
  let baseUrl: string;
  let organizationId: string;
  let record: BillingUnderTest['record'];
  beforeEach(async () => {
    ({ client, baseUrl, organizationId, record } = await start());
  });

  const query = (changes: Partial<RequestQuery> = {}): RequestQuery => ({
    ...requestQuerySchema.parse({}),
    ...changes,
  });
  const usage = (changes: Partial<UsageRecord> = {}): UsageRecord =>
    aUsageRecord({ organizationId, requestId: newRequestId(), ...changes });
  const hold = (amountMicros: number): NewHold => ({
    requestId: newRequestId(),
    organizationId,
    modality: 'image',
    amountMicros,
    deadline: Date.now() + 60_000,
  });
  const held = { ok: true, value: { keptForMs: expect.any(Number) } };
  const refusedAsTooLate = async (placement: HoldRequest): Promise<unknown> => {
    const [method, headers] = ['POST', { 'content-type': 'application/json' }];
    const answer = await fetch(`${baseUrl}/internal/holds`, { method, headers, body: JSON.stringify(placement) });
    expect(answer.status).toBe(409);
    return holdTooLateSchema.parse(await answer.json()).tooLate;
  };
  const recorded = async (records: UsageRecord[]): Promise<void> => {
    for (const one of records) await record(one);
    await eventually(async () => {
      const found = await Promise.all(records.map(({ requestId }) => client.request(organizationId, requestId)));
      return found.every((answer) => answer.ok && answer.value !== null);
    });
  };
  const done = { ok: true, value: undefined };

  describe('the billing contract', () => {
    it('estimates the cost of a plan, and refuses a plan without a price', async () => {
      expect(await client.estimate(aPlan())).toMatchObject({
        ok: true,
        value: { estimated: true, total_cost_micros: 50, currency: 'USD', provider: 'openrouter' },
      });
      const unpriced = aPlan({ route: [anOffering({ price: null })] });
      expect(await client.estimate(unpriced)).toMatchObject({ ok: false, error: { code: 'UNPRICED_MODEL' } });
    });

    it('places a hold once per request, and subtracts it from the available balance', async () => {
      const request = hold(4_000_000);
      expect(await client.hold(request)).toEqual(held);
      expect(await client.hold(request)).toEqual(held);
      expect(await client.balance(organizationId)).toMatchObject({
        ok: true,
        value: { billingType: 'prepaid', balanceMicros: BALANCE, heldMicros: 4_000_000, availableMicros: 6_000_000 },
      });
    });

    it('refuses a hold above the available balance with both amounts, and places nothing', async () => {
      await client.hold(hold(9_500_000));
      expect(await client.hold(hold(500_001))).toMatchObject({
        ok: false,
        error: { code: 'INSUFFICIENT_BALANCE', message: 'Insufficient balance: $0.500001 required, $0.50 available' },
      });
      expect(await client.hold(hold(500_000))).toEqual(held);
    });

    it('returns for how long a hold is kept before anything works on its request: some seconds', async () => {
      const placed = await client.hold(hold(1));
      expect(placed.ok && placed.value.keptForMs).toBeGreaterThan(10_000);
    });

    it('releases holds, also when repeated and when there is none', async () => {
      const [request, other] = [hold(4_000_000), hold(1_000_000)];
      await client.hold(request);
      await client.hold(other);
      expect(await client.release([request, other])).toEqual(done);
      expect(await client.release([request])).toEqual(done);
      expect(await client.release([hold(1)])).toEqual(done);
      expect(await client.release([{ ...hold(1), organizationId: 'org_unknown' }])).toEqual(done);
      expect(await client.balance(organizationId)).toMatchObject({
        value: { heldMicros: 0, availableMicros: BALANCE },
      });
    });

    it('refuses a hold that is placed after its time, and places nothing', async () => {
      const placement = { ...hold(4_000_000), placeUntil: Date.now() - 1_000 };
      expect(await refusedAsTooLate(placement)).toBe('late');
      expect(await client.balance(organizationId)).toMatchObject({ value: { heldMicros: 0 } });
    });

    it('refuses a hold that was released before it was placed, or after', async () => {
      const [before, after] = [hold(4_000_000), hold(4_000_000)];
      await client.hold(after);
      await client.release([before, after]);
      for (const request of [before, after]) {
        expect(await client.hold(request)).toMatchObject({ ok: false, error: { code: 'OVERLOADED' } });
        expect(await refusedAsTooLate({ ...request, placeUntil: Date.now() + 60_000 })).toBe('ended');
      }
      expect(await client.balance(organizationId)).toMatchObject({ value: { heldMicros: 0 } });
    });

    it('answers NOT_FOUND for the balance and the holds of an unknown organization', async () => {
      const unknown = { ok: false, error: { code: 'NOT_FOUND' } };
      expect(await client.balance('org_unknown')).toMatchObject(unknown);
      expect(await client.hold({ ...hold(1), organizationId: 'org_unknown' })).toMatchObject(unknown);
    });

    it('finds a recorded request by its id, for its own organization only', async () => {
      const one = usage({ model: 'sora-2', modality: 'video', errorCode: 'CANCELLED', errorMessage: 'It failed' });
      await recorded([one]);
      expect(await client.request(organizationId, one.requestId)).toMatchObject({
        ok: true,
        value: {
          id: one.requestId,
          model: 'sora-2',
          modality: 'video',
          status: one.status,
          currency: 'usd',
          error_code: 'CANCELLED',
          error_message: 'It failed',
        },
      });
      expect(await client.request('org_unknown', one.requestId)).toEqual({ ok: true, value: null });
      expect(await client.request(organizationId, newRequestId())).toEqual({ ok: true, value: null });
    });

    it('lists the requests of an organization newest first, page by page', async () => {
      const createdAt = (n: number): string => new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
      const records = [0, 1, 2].map((n) => usage({ createdAt: createdAt(n) }));
      await recorded(records);
      const ids = records.map(({ requestId }) => requestId);
      const first = await client.requests(organizationId, query({ limit: 2 }));
      expect(first.ok && first.value.data.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
      expect(first).toMatchObject({ value: { hasOlder: true, hasNewer: false } });
      const next = await client.requests(organizationId, query({ limit: 2, starting_after: ids[1] }));
      expect(next.ok && next.value.data.map(({ id }) => id)).toEqual([ids[0]]);
      expect(next).toMatchObject({ value: { hasOlder: false, hasNewer: true } });
      const other = await client.requests('org_unknown', query());
      expect(other).toEqual({ ok: true, value: { data: [], hasOlder: false, hasNewer: false } });
    });
  });
}
