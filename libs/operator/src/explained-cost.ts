import type { RequestReport } from '@lumenfall/ledger';
import { priceUsage, type PricedBill } from '@lumenfall/metering';

/**
 * How the cost of a request was determined. `reported`: the provider reported the cost; `priced`: the provider's usage
 * at the planned price; `counted`: as `priced`, but counted here, because the provider reported no usage; `unpriced`: a
 * quantity had no price; `nothing`: nothing was delivered; `open`: not recorded yet.
 */
export type CostBasis = 'reported' | 'priced' | 'counted' | 'unpriced' | 'nothing' | 'open';

export interface ExplainedCost {
  basis: CostBasis;
  components: PricedBill['components'];
  /** The sum of the ledger entries of the request, as a positive charge. */
  chargedMicros: number;
}

/** Explains a cost by the function that computed it. */
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
  // Turns -0 into 0.
  return { basis: basis(), components, chargedMicros: chargedMicros === 0 ? 0 : chargedMicros };
}
