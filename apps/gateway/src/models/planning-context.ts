import type { PlanningContext, ProviderAvailability } from '@lumenfall/catalog';
import { reportsCost } from '@lumenfall/providers';
import type { Principal } from '../authentication/principal.js';

/** What a caller's plan depends on, besides the catalog and the body. */
export function planningContextOf(
  { rules, marginPercent }: Principal,
  available: readonly ProviderAvailability[],
): PlanningContext {
  return { available, rules, marginPercent, reportsCost };
}
