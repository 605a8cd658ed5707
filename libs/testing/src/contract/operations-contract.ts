import type { BillingClient } from '@lumenfall/billing-client';
import { newRequestId } from '@lumenfall/contracts';

/**
 * What the gateway may rely on when it carries out operations at billing. Real billing and the stand-in of the
 * gateway's tests both pass it.
 *
 * @param start returns a service with a new account of 10 USD before each test
 */
export function operationsContract(start: () => Promise<{ client: BillingClient; organizationId: string }>): void {
  describe('the contract of operations', () => {
    let client: BillingClient;
    let organization: string;
    let reference: string;
    beforeEach(async () => {
      ({ client, organizationId: organization } = await start());
      reference = newRequestId();
    });
    const balance = async () => {
      const found = await client.balance(organization);
      return found.ok && found.value.balanceMicros;
    };

    it('adds credit once per reference, and answers a repeat as before', async () => {
      const input = { organization, amount: '2.50', note: 'invoice 7', reference };
      const added = await client.operate('credits.add', input);
      expect(added).toMatchObject({
        ok: true,
        value: {
          object: 'ledger_entry',
          type: 'top_up',
          amount: 2.5,
          balance_after: 12.5,
          reference,
          note: 'invoice 7',
        },
      });
      expect(await client.operate('credits.add', input)).toEqual(added);
      expect(await balance()).toBe(12_500_000);
    });

    it('refuses a reference that was used for another amount', async () => {
      await client.operate('credits.add', { organization, amount: '2.50', reference });
      expect(await client.operate('credits.add', { organization, amount: '3', reference })).toMatchObject({
        ok: false,
        error: { code: 'IDEMPOTENCY_CONFLICT', param: 'reference' },
      });
      expect(await balance()).toBe(12_500_000);
    });

    it('lowers a balance by an adjustment only', async () => {
      const input = { organization, amount: -0.5, reference };
      expect(await client.operate('credits.add', input)).toMatchObject({
        ok: false,
        error: { code: 'INVALID_REQUEST', param: 'amount' },
      });
      expect(await client.operate('credits.adjust', input)).toMatchObject({
        value: { type: 'adjustment', amount: -0.5, balance_after: 9.5 },
      });
    });

    it('names the field of an organization that does not exist', async () => {
      expect(await client.operate('credits.add', { organization: 'org_unknown', amount: 1, reference })).toMatchObject({
        ok: false,
        error: { code: 'NOT_FOUND', param: 'organization' },
      });
    });

    it('answers NOT_FOUND for an unknown operation', async () => {
      expect(await client.operate('credits.steal', {})).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } });
    });
  });
}
