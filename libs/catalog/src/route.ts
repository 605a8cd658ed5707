import {
  apiError,
  executedModelOf,
  fail,
  succeed,
  type ApiError,
  type Modality,
  type PassedOver,
  type Plan,
  type PlannedOffering,
  type ProviderSlug,
  type Quantity,
  type Result,
  type RoutingRules,
} from '@lumenfall/contracts';
import { feesOf, isPriced } from '@lumenfall/metering';
import type { FoundModel } from './find-model.js';
import type { OfferingEntry, ModelEntry } from './model-entry.js';
import { priceOf } from './price-version.js';

const PROVIDER_NAMES: Record<ProviderSlug, string> = {
  openrouter: 'OpenRouter',
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Google Gemini API',
  vertex: 'Google Vertex AI',
  replicate: 'Replicate',
  bfl: 'Black Forest Labs',
  xai: 'xAI',
  fireworks: 'Fireworks AI',
  runware: 'Runware',
  fal: 'fal.ai',
  'openai-compatible': 'OpenAI-compatible endpoint',
};

export const providerNameOf = (provider: ProviderSlug): string => PROVIDER_NAMES[provider];

/**
 * The offerings that the organization may use and that can be called, sorted by priority. The sandbox is never a
 * fallback of a real provider: a real answer must not silently become a sandbox one.
 *
 * @param asked whether an offering serves the request, and the error if none does
 */
export function routeOf(
  found: FoundModel,
  { available, rules, marginPercent = null, reportsCost = () => false }: PlanningContext,
  estimate: (offering: OfferingEntry) => Quantity[],
  asked?: { serves: (offering: OfferingEntry) => boolean; refusal: ApiError },
): Result<Pick<Plan, 'route' | 'passedOver'>> {
  const { entry, forcedProvider } = found;
  const passedOver: PassedOver[] = [];
  const without = (why: PassedOver['why'], keep: (offering: OfferingEntry) => boolean) => (offering: OfferingEntry) => {
    if (keep(offering)) return true;
    passedOver.push({ provider: offering.provider, executedModel: `${offering.provider}/${offering.model}`, why });
    return false;
  };
  const candidates = entry.offerings.filter(
    without('not-forced', ({ provider }) => forcedProvider === null || provider === forcedProvider),
  );
  const serving = candidates.filter(without('mode-not-offered', (offering) => asked?.serves(offering) ?? true));
  if (asked && serving.length === 0) return fail(asked.refusal);
  const permitted = serving.filter(
    without('denied-by-organization', ({ provider }) => isAllowed(rules, provider, entry.id)),
  );
  if (permitted.length === 0) return fail(notAllowed(entry.id, forcedProvider));
  const callable = permitted.filter(
    without('no-credential', ({ provider, sandbox }) =>
      available.some((one) => one.provider === provider && (one.sandbox || !sandbox)),
    ),
  );
  if (callable.length === 0) return fail(notAvailable(entry.id, permitted));
  const real = withoutSandboxFallback(callable, available);
  const route = callable
    .filter(without('sandbox-stand-in', (offering) => real.includes(offering)))
    .sort((a, b) => a.priority - b.priority)
    .map((offering) => plannedOffering(offering, estimate(offering), marginPercent));
  const isUsable = (offering: PlannedOffering): boolean =>
    isPriced(offering) || reportsCost(offering.provider, entry.modality);
  for (const offering of route.filter((one) => !isUsable(one))) {
    passedOver.push({ provider: offering.provider, executedModel: executedModelOf(offering), why: 'unpriced' });
  }
  const priced = route.filter(isUsable);
  return priced.length === 0 ? fail(unpriced(entry.id)) : succeed({ route: priced, passedOver });
}

/** The error for a model without a price. */
function unpriced(model: string): ApiError {
  const message = `Model '${model}' has no price and cannot be used. Use another model, or ask the operator to set a price`;
  return apiError('UNPRICED_MODEL', message, { param: 'model' });
}

/** The error for a model without a callable offering. */
function notAvailable(model: string, permitted: readonly OfferingEntry[]): ApiError {
  const names = [...new Set(permitted.filter(({ sandbox }) => !sandbox).map(({ provider }) => provider))];
  const why =
    names.length === 0
      ? 'it exists only in the sandbox'
      : `no key is configured for its providers (${names.join(', ')})`;
  return apiError('MODEL_DISABLED', `Model '${model}' is not available: ${why}`, { param: 'model' });
}

/** The error for a model whose offerings are all denied by the organization's lists. */
export function notAllowed(model: string, forcedProvider: ProviderSlug | null = null): ApiError {
  const where = forcedProvider === null ? '' : ` at ${forcedProvider}`;
  return apiError('MODEL_DISABLED', `Model '${model}' is not allowed for this organization${where}`, {
    param: 'model',
  });
}

export function withoutSandboxFallback<T extends { provider: ProviderSlug }>(
  offerings: readonly T[],
  available: readonly ProviderAvailability[],
): T[] {
  const isReal = ({ provider }: T): boolean => available.some((one) => one.provider === provider && !one.sandbox);
  return offerings.some(isReal) ? offerings.filter(isReal) : [...offerings];
}

function plannedOffering(offering: OfferingEntry, estimate: Quantity[], marginPercent: string | null): PlannedOffering {
  // Without a price list, the provider's reported cost is charged.
  const price = offering.price.length === 0 ? null : priceOf(offering);
  return {
    provider: offering.provider,
    providerName: providerNameOf(offering.provider),
    providerModel: offering.model,
    price,
    parameters: offering.parameters,
    estimate: [...estimate, ...feesOf(price)],
    ...(marginPercent !== null && { marginPercent }),
    priority: offering.priority,
    weight: offering.weight,
  };
}

/** A provider that can be called: with a key, or by the sandbox. */
export interface ProviderAvailability {
  provider: ProviderSlug;
  sandbox: boolean;
}

/** What decides, besides the catalog, which offerings a request may use. */
export interface PlanningContext {
  available: readonly ProviderAvailability[];
  /** The organization's allow and deny lists. */
  rules: RoutingRules;
  /** The organization's margin; null or absent: none. */
  marginPercent?: string | null;
  /** Whether a provider reports the cost of its calls, so that an offering needs no price; absent: none does. */
  reportsCost?: (provider: ProviderSlug, modality: Modality) => boolean;
}

/** Whether an organization's rules allow `model` (our id) at `provider`. `deny` wins over `allow`. */
export function isAllowed(rules: RoutingRules, provider: ProviderSlug, model: string): boolean {
  const name = `${provider}/${model}`;
  const named = (pattern: string): boolean => matchesPattern(pattern, name);
  return !rules.deny.some(named) && (rules.allow.length === 0 || rules.allow.some(named));
}

/** False if every offering of the model is denied. */
export function isUsable(rules: RoutingRules, entry: ModelEntry): boolean {
  return entry.offerings.some(({ provider }) => isAllowed(rules, provider, entry.id));
}

/** `*` matches any characters. A search instead of a regular expression: operators write the patterns. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [head = '', ...pieces] = pattern.split('*');
  const tail = pieces.pop();
  if (tail === undefined) return text === pattern;
  const end = text.length - tail.length;
  if (end < head.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
