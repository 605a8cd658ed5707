import { listModels, type Catalog, type ModelEntry, type PlanningContext } from '@lumenfall/catalog';
import { apiError, type ApiError } from '@lumenfall/contracts';

/**
 * The error for a body without `model`: it names three models of the mode that the caller can use, featured and recent
 * ones first. Null if the body has a model.
 */
export function missingModel(
  fields: unknown,
  mode: ModelEntry['modes'][number],
  catalog: Catalog,
  context: PlanningContext,
): ApiError | null {
  if (typeof fields !== 'object' || fields === null) return null;
  const model: unknown = Reflect.get(fields, 'model');
  if (model !== undefined && model !== null && model !== '') return null;
  const allowed = new Set(listModels(catalog, context.rules).map(({ id }) => id));
  const isUsable = (offering: ModelEntry['offerings'][number]): boolean =>
    context.available.some(({ provider, sandbox }) => provider === offering.provider && (sandbox || !offering.sandbox));
  const isReal = (entry: ModelEntry): boolean => entry.offerings.some(({ sandbox }) => !sandbox);
  const choices = catalog.models
    .filter((entry) => entry.status === 'active' && entry.modes.includes(mode) && allowed.has(entry.id))
    .filter((entry) => entry.offerings.some(isUsable))
    .sort(
      (a, b) =>
        Number(isReal(b)) - Number(isReal(a)) ||
        Number(b.featured) - Number(a.featured) ||
        b.created.localeCompare(a.created),
    )
    .slice(0, 3)
    .map(({ id }) => `'${id}'`);
  const examples = choices.length === 0 ? '' : `, for example ${choices.join(', ')}`;
  return apiError('INVALID_REQUEST', `model: required${examples}. GET /openai/v1/models lists all models`, {
    param: 'model',
  });
}
