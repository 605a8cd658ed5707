import {
  apiError,
  fail,
  succeed,
  type EstimateAnswer,
  type Metric,
  type Plan,
  type PlannedOffering,
  type Quantity,
  type Result,
} from '@lumenfall/contracts';
import { micros, type Micros } from '@lumenfall/money';
import { priceUsage, type PricedBill } from './price-usage.js';

/**
 * The answer of a dry run: the expected cost at the first offering of the route. `UNPRICED_MODEL` if it has no price.
 */
export function estimatePlan(plan: Plan): Result<EstimateAnswer> {
  const [first] = plan.route;
  const bill = first && expectedBill(first);
  if (!first || !bill || bill.unpriced) {
    return fail(
      apiError('UNPRICED_MODEL', `The catalog has no price for '${plan.model}', so its cost cannot be estimated`, {
        param: 'model',
      }),
    );
  }
  return succeed({
    estimated: true,
    model: plan.model,
    provider: first.provider,
    total_cost_micros: bill.totalMicros,
    currency: 'USD',
    components: bill.components,
  });
}

/** The amount of a hold: the expected cost at the most expensive offering that the route may end at. */
export function estimateMicrosOf(plan: Plan): Micros {
  return micros(Math.max(0, ...plan.route.map((offering) => expectedBill(offering).totalMicros)));
}

const expectedBill = ({ price, estimate }: PlannedOffering): PricedBill =>
  priceUsage({ price, quantities: estimate.map(wholeUnits), reportedCostUsd: null });

/** Metrics that count things, of which there are no fractions; megapixels and seconds are measured. */
const COUNTED: ReadonlySet<Metric> = new Set<Metric>(['token', 'image', 'video', 'character']);

/**
 * Rounds a counted quantity up: an average of a price table may be fractional, what a dry run shows and a hold covers
 * is not.
 */
const wholeUnits = (quantity: Quantity): Quantity =>
  COUNTED.has(quantity.metric) ? { ...quantity, quantity: Math.ceil(quantity.quantity) } : quantity;
