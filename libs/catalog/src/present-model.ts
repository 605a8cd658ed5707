import { fail, succeed, type ModelAnswer, type Result, type RoutingRules } from '@lumenfall/contracts';
import { microsToUsd, priceComponent, withMargin } from '@lumenfall/money';
import { isAllowed, isUsable } from './route.js';
import { findModel } from './find-model.js';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import { readParameterTable } from './parameter-table.js';
import { modelSchemaOf, type ModelSchema } from './model-schema.js';
import type { Catalog } from './parse-catalog.js';
import { notAllowed } from './route.js';

/**
 * `GET /models`: every enabled model that the organization may use, sorted by id.
 *
 * @param marginPercent the organization's margin, which its prices include
 */
export function listModels(catalog: Catalog, rules: RoutingRules, marginPercent: string | null = null): ModelAnswer[] {
  return catalog.models
    .filter((entry) => entry.status !== 'disabled' && isUsable(rules, entry))
    .map((entry) => atMargin(answerOf(entry), marginPercent));
}

/** `GET /models/{id}`: by any name that a request may use. Errors: `MODEL_NOT_FOUND`, `MODEL_DISABLED`. */
export function findModelAnswer(
  catalog: Catalog,
  rules: RoutingRules,
  name: string,
  marginPercent: string | null = null,
): Result<ModelAnswer> {
  const found = findUsable(catalog, rules, name);
  return found.ok ? succeed(atMargin(answerOf(found.value), marginPercent)) : found;
}

/** `GET /models/{id}?schema=true`. Errors as above. */
export function findModelSchema(catalog: Catalog, rules: RoutingRules, name: string): Result<ModelSchema> {
  const found = findUsable(catalog, rules, name);
  return found.ok ? succeed(modelSchemaOf(found.value)) : found;
}

function findUsable(catalog: Catalog, rules: RoutingRules, name: string): Result<ModelEntry> {
  const found = findModel(catalog, name);
  if (!found.ok) return found;
  const { entry, forcedProvider: forced } = found.value;
  const usable = forced === null ? isUsable(rules, entry) : isAllowed(rules, forced, entry.id);
  return usable ? succeed(entry) : fail(notAllowed(entry.id, forced));
}

const answers = new WeakMap<ModelEntry, ModelAnswer>();

function answerOf(entry: ModelEntry): ModelAnswer {
  let answer = answers.get(entry);
  if (!answer) answers.set(entry, (answer = presentModel(entry)));
  return answer;
}

function atMargin(answer: ModelAnswer, marginPercent: string | null): ModelAnswer {
  const { starting_price: price } = answer;
  if (price === null || marginPercent === null) return answer;
  return { ...answer, starting_price: Number(withMargin(price, marginPercent)) };
}

function presentModel(entry: ModelEntry): ModelAnswer {
  const prices = entry.offerings.flatMap((offering) => pricesOf(entry, offering));
  const startingPrice = prices.length > 0 ? Math.min(...prices) : null;
  return {
    id: entry.id,
    object: 'model',
    created: Date.parse(entry.created) / 1000,
    owned_by: entry.creator,
    name: entry.name,
    description: entry.description,
    creator_organization: entry.creator,
    family: entry.family ?? null,
    featured: entry.featured,
    model_status: entry.status,
    starting_price: startingPrice,
    free: entry.free,
    tags: entry.tags,
    aliases: entry.aliases,
    alternative_names: entry.alternative_names,
    image_url: entry.image_url ?? null,
    model_page_path: `/models/${entry.creator}/${entry.id.slice(entry.id.lastIndexOf('/') + 1)}`,
    capabilities: entry.capabilities ?? capabilitiesOf(entry),
    modality: entry.modality,
    modes: entry.modes,
    modalities: { input: inputsOf(entry), output: [entry.modality] },
    limits: entry.limits,
  };
}

/**
 * USD of the smallest unit: an image (per megapixel, or the cheapest in tokens, by how it is priced), a second of
 * video, a token.
 */
function pricesOf(entry: ModelEntry, offering: OfferingEntry): number[] {
  const lines = offering.price.filter((line) => line.type === 'output');
  const images = lines.filter((line) => line.metric === 'token' && line.of !== 'text');
  const counted = Object.values(entry.image?.output_tokens ?? {}).flatMap((bySize) => Object.values(bySize));
  if (images.length === 0 || counted.length === 0) return lines.map((line) => Number(line.unit_price));
  return images.map((line) => microsToUsd(priceComponent(line.unit_price, Math.min(...counted))));
}

function capabilitiesOf({ modality, modes, offerings }: ModelEntry): string[] {
  if (modality === 'text') return ['streaming', 'tools'];
  if (modality === 'video') return [];
  const masks = offerings.some(({ parameters }) => readParameterTable(parameters).mask !== undefined);
  return [...(modes.includes('image-edit') ? ['editing'] : []), ...(masks ? ['inpainting'] : [])];
}

function inputsOf(entry: ModelEntry): string[] {
  if (entry.text) return entry.text.inputs;
  const takesImages = entry.modes.some(
    (mode) => mode === 'image-edit' || mode === 'upscale' || mode === 'image-to-video',
  );
  const takesVideos = entry.modes.includes('video-to-video');
  // An upscale has no prompt.
  const takesText = entry.modes.some((mode) => mode !== 'upscale');
  return [...(takesText ? ['text'] : []), ...(takesImages ? ['image'] : []), ...(takesVideos ? ['video'] : [])];
}
