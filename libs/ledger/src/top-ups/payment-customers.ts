import { inTransaction, type Client } from '@lumenfall/database';
import { forgetFailures } from './top-up-moves.js';

/** The customers of a payment provider; the ids come from it. */
export interface PaymentCustomerStore {
  find(organizationId: string): Promise<{ customerId: string; paymentMethodId: string | null } | null>;
  /** Keeps the first id that is saved. @returns the one that is stored */
  save(organizationId: string, customerId: string): Promise<{ customerId: string; paymentMethodId: string | null }>;
  /**
   * The card that is charged from now on; automatic top-ups that waited after a failure start again. False for an
   * unknown customer.
   */
  saveCard(customerId: string, paymentMethodId: string): Promise<boolean>;
}

export function paymentCustomerStore(client: Client): PaymentCustomerStore {
  const find: PaymentCustomerStore['find'] = (organizationId) =>
    client.paymentCustomer.findUnique({
      where: { organizationId },
      select: { customerId: true, paymentMethodId: true },
    });
  return {
    find,
    async save(organizationId, customerId) {
      await client.paymentCustomer.createMany({ data: [{ organizationId, customerId }], skipDuplicates: true });
      const saved = await find(organizationId);
      if (saved === null) throw new Error(`the customer of ${organizationId} belongs to another organization`);
      return saved;
    },
    saveCard: (customerId, paymentMethodId) =>
      inTransaction(client, async (tx) => {
        const customer = await tx.paymentCustomer.findUnique({ where: { customerId } });
        if (customer === null || customer.paymentMethodId === paymentMethodId) return customer !== null;
        await tx.paymentCustomer.update({ where: { customerId }, data: { paymentMethodId } });
        await forgetFailures(tx, customer.organizationId);
        return true;
      }),
  };
}
