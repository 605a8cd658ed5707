import type { ProviderSlug, RoutingRules } from '@lumenfall/contracts';

/** A provider that can be called: with a key of its own, or played by the sandbox. */
export interface ProviderAvailability {
  provider: ProviderSlug;
  sandbox: boolean;
}

/** What decides, beside the catalog, where a request may go. */
export interface PlanningContext {
  available: readonly ProviderAvailability[];
  /** The organization's own lists. */
  rules: RoutingRules;
}
