import {
  apiError,
  fail,
  succeed,
  type EstimateAnswer,
  type Metric,
  type Plan,
  type PlannedOffering,
  type Price,
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

/**
 * The amount of a hold: the expected cost at the most expensive offering that the route may end at. An unknown price
 * counts as a high one.
 */
export function estimateMicrosOf(plan: Plan): Micros {
  const bills = plan.route.map((offering) => expectedBill({ ...offering, price: offering.price ?? ASSUMED_PRICE }));
  return micros(Math.max(0, ...bills.map(({ totalMicros }) => totalMicros)));
}

/** The highest prices of text models: a chat whose cost only its provider will report must not pass without a hold. */
const ASSUMED_PRICE: Price = {
  version: 'assumed',
  lines: [
    { type: 'input', metric: 'token', unitPrice: '0.00003' },
    { type: 'output', metric: 'token', unitPrice: '0.00018' },
  ],
};

/** Whether everything that a request is expected to use has a price at this offering. */
export const isPriced = (offering: PlannedOffering): boolean => !expectedBill(offering).unpriced;

const expectedBill = ({ price, estimate, marginPercent }: PlannedOffering): PricedBill =>
  priceUsage({ price, quantities: estimate.map(wholeUnits), reportedCostUsd: null, marginPercent });

/** Metrics that count things, of which there are no fractions; megapixels and seconds are measured. */
const COUNTED: ReadonlySet<Metric> = new Set<Metric>(['token', 'image', 'video', 'character', 'request']);

/**
 * Rounds a counted quantity up: an average of a price table may be fractional, what a dry run shows and a hold covers
 * is not.
 */
const wholeUnits = (quantity: Quantity): Quantity =>
  COUNTED.has(quantity.metric) ? { ...quantity, quantity: Math.ceil(quantity.quantity) } : quantity;
