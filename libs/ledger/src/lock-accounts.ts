import type { Transaction } from '@lumenfall/database';

/**
 * Locks accounts until the transaction ends, in id order: everything that moves money takes this lock, so two of them
 * run one after the other and cannot deadlock.
 */
export async function lockAccounts(tx: Transaction, organizationIds: readonly string[]): Promise<void> {
  const ids = [...new Set(organizationIds)];
  await tx.$queryRaw`
    SELECT 1 FROM accounts WHERE organization_id = ANY(${ids}) ORDER BY organization_id FOR NO KEY UPDATE`;
}
