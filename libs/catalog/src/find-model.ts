import {
  apiError,
  fail,
  PROVIDER_SLUGS,
  succeed,
  type ApiError,
  type ProviderSlug,
  type Result,
} from '@lumenfall/contracts';
import { distance } from 'fastest-levenshtein';
import type { ModelEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';

export interface FoundModel {
  entry: ModelEntry;
  /** Set for `<provider>/<model>`: only that provider's offerings. */
  forcedProvider: ProviderSlug | null;
}

/**
 * Finds a model by id, alias, display name, or `<provider>/<id>`. An exact name wins over a forced provider, because
 * text models are named `creator/model` and some creators are providers too.
 */
export function findModel(catalog: Catalog, name: string): Result<FoundModel> {
  const exact = catalog.byName.get(name);
  if (exact) return enabled(exact, null, name);
  const forced = splitForced(name);
  const entry = forced && catalog.byName.get(forced.model);
  if (entry && entry.offerings.some((offering) => offering.provider === forced.provider)) {
    return enabled(entry, forced.provider, name);
  }
  return fail(modelNotFound(catalog, name));
}

export function splitForced(name: string): { provider: ProviderSlug; model: string } | null {
  const slash = name.indexOf('/');
  const provider = PROVIDER_SLUGS.find((slug) => slug === name.slice(0, slash));
  return provider ? { provider, model: name.slice(slash + 1) } : null;
}

export function modelNotFound(catalog: Catalog, name: string): ApiError {
  const near = nearestName(catalog, name);
  return apiError('MODEL_NOT_FOUND', `Model '${name}' not found${near ? `. Did you mean '${near}'?` : ''}`, {
    param: 'model',
  });
}

function enabled(entry: ModelEntry, forcedProvider: ProviderSlug | null, name: string): Result<FoundModel> {
  if (entry.status !== 'disabled') return succeed({ entry, forcedProvider });
  return fail(apiError('MODEL_DISABLED', `Model '${name}' is disabled`, { param: 'model' }));
}

/**
 * The id or alias that differs by at most a third of its letters; letter case and the part before a slash count
 * little. A name near a display name suggests the id.
 */
function nearestName(catalog: Catalog, name: string): string | undefined {
  const asked = name.slice(0, 200).toLowerCase();
  const last = asked.slice(asked.lastIndexOf('/') + 1);
  let best: { id: string; score: number } | undefined;
  for (const [name, entry] of catalog.byName) {
    if (entry.status === 'disabled') continue;
    const candidate = name.toLowerCase();
    const bare = candidate.slice(candidate.lastIndexOf('/') + 1);
    const score = Math.min(distance(asked, candidate), distance(last, bare) + 0.5);
    if (score > Math.max(2, bare.length / 3) || (best && score >= best.score)) continue;
    best = { id: entry.aliases.includes(name) ? name : entry.id, score };
  }
  return best?.id;
}
