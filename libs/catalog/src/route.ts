import { createHash } from 'node:crypto';
import {
  apiError,
  fail,
  succeed,
  type PassedOver,
  type Plan,
  type PlannedOffering,
  type Price,
  type ProviderSlug,
  type Quantity,
  type Result,
} from '@lumenfall/contracts';
import type { FoundModel } from './find-model.js';
import type { OfferingEntry } from './model-entry.js';

/** A provider that can be called: with a key of its own, or played by the sandbox. */
export interface ProviderAvailability {
  provider: ProviderSlug;
  sandbox: boolean;
}

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
 * The offerings that can be called now, best first. The sandbox never stands behind a real provider: a real answer must
 * not silently turn into a made-up one.
 */
export function routeOf(
  found: FoundModel,
  available: readonly ProviderAvailability[],
  estimate: (offering: OfferingEntry) => Quantity[],
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
  const callable = candidates.filter(
    without('no-credential', ({ provider }) => available.some((one) => one.provider === provider)),
  );
  if (callable.length === 0) {
    const names = candidates.map(({ provider }) => provider).join(', ');
    return fail(
      apiError(
        'MODEL_DISABLED',
        `Model '${entry.id}' is not available here: no key is configured for its providers (${names})`,
        {
          param: 'model',
        },
      ),
    );
  }
  const real = withoutStandIns(callable, available);
  const route = callable
    .filter(without('sandbox-stand-in', (offering) => real.includes(offering)))
    .sort((a, b) => a.priority - b.priority)
    .map((offering) => plannedOffering(offering, estimate(offering)));
  return succeed({ route, passedOver });
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
    price: priceOf(offering),
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
