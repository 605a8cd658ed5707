import { costBasisSchema, type Attempt, type ChargeBasis, type CostBasis, type Metric } from '@lumenfall/contracts';
import { joinCharges } from './charge.js';
import { priceUsage, withoutMargin } from './price-usage.js';

/** What a provider charged us for one attempt, and how that is known. */
export type CostLine = Required<Pick<Attempt, 'costMicros' | 'costBasis'>>;

export const NO_COST: CostLine = { costMicros: 0, costBasis: 'none' };

/** Where the quantities of a charge come from. */
export type QuantitySource = 'provider' | 'measured' | 'plan';

export interface PaidWork {
  /** All that the provider made, delivered or not. */
  charge: ChargeBasis;
  source: QuantitySource;
}

/**
 * One line for the paid calls of an attempt, without the organization's margin. Its basis is the least exact one among
 * them.
 */
export function costLineOf(works: readonly PaidWork[]): CostLine {
  if (works.length === 0) return NO_COST;
  const rank = Math.max(...works.map((work) => BASES.indexOf(basisOf(work))));
  const { totalMicros } = priceUsage(withoutMargin(joinCharges(works.map(({ charge }) => charge))));
  return { costMicros: totalMicros, costBasis: BASES[rank] ?? 'none' };
}

/** From most to least exact. */
const BASES = costBasisSchema.options;
/** Units with a price of their own, however large they are. */
const FLAT: ReadonlySet<Metric> = new Set<Metric>(['image', 'video', 'request']);

function basisOf({ charge: { reportedCostUsd, quantities }, source }: PaidWork): CostBasis {
  if (reportedCostUsd !== null) return 'reported';
  const used = quantities.filter(({ quantity }) => quantity > 0);
  if (used.length === 0) return 'none';
  if (source === 'provider') return 'priced';
  if (used.every(({ metric }) => FLAT.has(metric))) return 'flat';
  return source === 'measured' ? 'measured' : 'requested';
}

/** Writes into an attempt what the provider charged us for it, and what the customer pays. */
export function noteCost(attempt: Attempt, works: readonly PaidWork[], charge: ChargeBasis | null): void {
  Object.assign(attempt, costLineOf(works), {
    chargedMicros: charge === null ? 0 : priceUsage(charge).totalMicros,
  } satisfies Partial<Attempt>);
}
