import { apiError, fail, succeed, type EstimateAnswer, type Plan, type Result } from '@lumenfall/contracts';
import { micros, type Micros } from '@lumenfall/money';
import { priceUsage } from './price-usage.js';

/** The dry run's answer: what the first offering of the route is expected to cost. */
export function estimatePlan(plan: Plan): Result<EstimateAnswer> {
  const [first] = plan.route;
  const bill = first && priceUsage({ price: first.price, quantities: first.estimate, reportedCostUsd: null });
  if (!first || !bill || bill.unpriced) {
    return fail(
      apiError('UNPRICED_MODEL', `No price is known for '${plan.model}', so its cost cannot be estimated.`, {
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

/** What a hold has to cover: the dearest offering that the route may end at. */
export function estimateMicrosOf(plan: Plan): Micros {
  const costs = plan.route.map(
    ({ price, estimate }) => priceUsage({ price, quantities: estimate, reportedCostUsd: null }).totalMicros,
  );
  return micros(Math.max(0, ...costs));
}
