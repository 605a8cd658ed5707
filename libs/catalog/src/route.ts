import { createHash } from 'node:crypto';
import {
  apiError,
  fail,
  succeed,
  type ApiError,
  type PassedOver,
  type Plan,
  type PlannedOffering,
  type Price,
  type ProviderSlug,
  type Quantity,
  type Result,
} from '@lumenfall/contracts';
import { isAllowed } from './allowed.js';
import type { FoundModel } from './find-model.js';
import type { OfferingEntry } from './model-entry.js';
import type { PlanningContext, ProviderAvailability } from './planning-context.js';

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
 * The offerings that the organization may use and that can be called now, best first. The sandbox never stands behind a real
 * provider: a real answer must not silently turn into a made-up one.
 *
 * @param asked what the request needs of an offering, and the refusal where none has it
 */
export function routeOf(
  found: FoundModel,
  { available, rules }: PlanningContext,
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
  const real = withoutStandIns(callable, available);
  const route = callable
    .filter(without('sandbox-stand-in', (offering) => real.includes(offering)))
    .sort((a, b) => a.priority - b.priority)
    .map((offering) => plannedOffering(offering, estimate(offering)));
  return succeed({ route, passedOver });
}

/** Of a model that nobody can be asked for. */
function notAvailable(model: string, permitted: readonly OfferingEntry[]): ApiError {
  const names = [...new Set(permitted.filter(({ sandbox }) => !sandbox).map(({ provider }) => provider))];
  const why =
    names.length === 0 ? 'only the sandbox plays it' : `no key is configured for its providers (${names.join(', ')})`;
  return apiError('MODEL_DISABLED', `Model '${model}' is not available here: ${why}`, { param: 'model' });
}

/** Of a model that the organization's own lists leave no offering of. */
export function notAllowed(model: string, forcedProvider: ProviderSlug | null = null): ApiError {
  const where = forcedProvider === null ? '' : ` at ${forcedProvider}`;
  return apiError('MODEL_DISABLED', `Model '${model}' is not allowed for this organization${where}`, {
    param: 'model',
  });
}

export function withoutStandIns<T extends { provider: ProviderSlug }>(
  offerings: readonly T[],
  available: readonly ProviderAvailability[],
): T[] {
  const isReal = ({ provider }: T): boolean => available.some((one) => one.provider === provider && !one.sandbox);
  return offerings.some(isReal) ? offerings.filter(isReal) : [...offerings];
}

function plannedOffering(offering: OfferingEntry, estimate: Quantity[]): PlannedOffering {
  return {
    provider: offering.provider,
    providerName: providerNameOf(offering.provider),
    providerModel: offering.model,
    // Without a list of prices, what the provider reports is the price.
    price: offering.price.length === 0 ? null : priceOf(offering),
    parameters: offering.parameters,
    estimate,
    priority: offering.priority,
    weight: offering.weight,
  };
}

const versions = new WeakMap<OfferingEntry, Price>();

/** The offering's price list with its version: a hash of the lines, so that equal lists are one version everywhere. */
export function priceOf(offering: OfferingEntry): Price {
  let price = versions.get(offering);
  if (!price) {
    const lines = offering.price.map(({ unit_price, ...line }) => ({ ...line, unitPrice: unit_price }));
    price = { version: createHash('sha256').update(JSON.stringify(lines)).digest('hex').slice(0, 16), lines };
    versions.set(offering, price);
  }
  return price;
}
