import { fail, succeed, type ModelAnswer, type Result, type RoutingRules } from '@lumenfall/contracts';
import { isUsable } from './allowed.js';
import { findModel } from './find-model.js';
import type { ModelEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import { notAllowed } from './route.js';

/** `GET /models`: every enabled model that the organization may use, in the order of the ids. */
export function listModels(catalog: Catalog, rules: RoutingRules): ModelAnswer[] {
  return catalog.models.filter((entry) => entry.status !== 'disabled' && isUsable(rules, entry)).map(presentModel);
}

/** `GET /models/{id}`: by id or alias. Errors: `MODEL_NOT_FOUND`, `MODEL_DISABLED`. */
export function findModelAnswer(catalog: Catalog, rules: RoutingRules, id: string): Result<ModelAnswer> {
  const found = findModel(catalog, id);
  if (!found.ok) return found;
  const { entry } = found.value;
  return isUsable(rules, entry) ? succeed(presentModel(entry)) : fail(notAllowed(entry.id));
}

function presentModel(entry: ModelEntry): ModelAnswer {
  const prices = entry.offerings.flatMap((offering) =>
    offering.price.filter((line) => line.type === 'output').map((line) => Number(line.unit_price)),
  );
  const startingPrice = prices.length > 0 ? Math.min(...prices) : null;
  return {
    id: entry.id,
    object: 'model',
    created: Date.parse(entry.created) / 1000,
    owned_by: entry.creator,
    name: entry.name,
    description: entry.description,
    creator_organization: entry.creator,
    model_status: entry.status,
    starting_price: startingPrice,
    free: startingPrice === 0,
    tags: entry.tags,
    aliases: entry.aliases,
    alternative_names: entry.alternative_names,
    capabilities: capabilitiesOf(entry),
    modality: entry.modality,
    modes: entry.modes,
    modalities: { input: inputsOf(entry), output: [entry.modality] },
  };
}

function capabilitiesOf(entry: ModelEntry): string[] {
  if (entry.modality === 'text') return ['streaming', 'tools'];
  return entry.modes.includes('image-edit') ? ['editing'] : [];
}

function inputsOf(entry: ModelEntry): string[] {
  if (entry.text) return entry.text.inputs;
  const takesImages = entry.modes.some(
    (mode) => mode === 'image-edit' || mode === 'upscale' || mode === 'image-to-video',
  );
  return takesImages ? ['text', 'image'] : ['text'];
}
