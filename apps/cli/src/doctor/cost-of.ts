import type { RequestReport } from '@lumenfall/ledger';
import { priceUsage, type PricedBill } from '@lumenfall/metering';

/**
 * How the cost of a request came about. `reported`: the provider said what it cost; `priced`: the provider's units at the price of
 * the plan; `counted`: as `priced`, but the units were counted here, since the provider reported none; `unpriced`: something was
 * used that no price was known for; `nothing`: nothing was delivered; `open`: not recorded yet.
 */
export type CostBasis = 'reported' | 'priced' | 'counted' | 'unpriced' | 'nothing' | 'open';

export interface ExplainedCost {
  basis: CostBasis;
  components: PricedBill['components'];
  /** What the ledger was charged, less what was given back. */
  chargedMicros: number;
}

/** The same function that made the charge explains it. */
export function costOf({ charge, unpriced, recordedAt, ledger }: RequestReport): ExplainedCost {
  const chargedMicros = -ledger.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  const components = charge === null ? [] : priceUsage(charge).components;
  const basis = (): CostBasis => {
    if (recordedAt === null) return 'open';
    if (unpriced) return 'unpriced';
    if (charge === null || (charge.reportedCostUsd === null && components.length === 0)) return 'nothing';
    if (charge.reportedCostUsd !== null) return 'reported';
    return charge.estimated ? 'counted' : 'priced';
  };
  // Zero of either sign is zero.
  return { basis: basis(), components, chargedMicros: chargedMicros === 0 ? 0 : chargedMicros };
}
