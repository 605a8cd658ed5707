import {
  apiError,
  fail,
  succeed,
  type ChatBody,
  type Plan,
  type PlannedOffering,
  type Price,
  type ProviderSlug,
  type Quantity,
  type Result,
} from '@lumenfall/contracts';
import { isAllowed } from './route.js';
import { checkBody } from './check-body.js';
import { countTokensOf } from './count-tokens.js';
import { findModel, modelNotFound, splitForced } from './find-model.js';
import { refuseMode } from './mode.js';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import type { PlanningContext } from './route.js';
import { notAllowed, providerNameOf, routeOf } from './route.js';

/** Assumed length of an answer if the request sets no limit. */
const EXPECTED_ANSWER_TOKENS = 512;
/** Tokens that the chat format adds to each message, and tokens of an image at least. */
const TOKENS_PER_MESSAGE = 4;
const TOKENS_PER_IMAGE = 765;
/** Used if tokens are not counted. */
const CHARACTERS_PER_TOKEN = 4;

/**
 * The route of a chat. A model that is not in the catalog is sent to OpenRouter by its id (OpenRouter reports the
 * cost) if OpenRouter's list is unknown, or to the endpoint that its prefix names.
 *
 * @param options.exact count the prompt's tokens (dry run); otherwise they are estimated from its length
 */
export async function planChat(
  catalog: Catalog,
  context: PlanningContext,
  body: ChatBody,
  options: { exact?: boolean } = {},
): Promise<Result<Plan>> {
  const name = nameWithout('openrouter/', body.model, catalog);
  const estimate = await estimateChat(body, options.exact ?? false);
  const found = findModel(catalog, name);
  if (!found.ok) {
    const passed = passThrough(catalog, context, body.model, name, estimate);
    return found.error.code === 'MODEL_NOT_FOUND' ? passed : found;
  }
  const refusal = refuseMode(found.value.entry, 'chat') ?? checkBody(found.value.entry, 'chat', body);
  if (refusal) return fail(refusal);
  const route = routeOf(found.value, context, () => estimate, severalChoices(body, found.value.entry));
  if (!route.ok) return route;
  const { forcedProvider } = found.value;
  const model = forcedProvider === null ? name : name.slice(forcedProvider.length + 1);
  return succeed({ model, modality: 'text', forced: forcedProvider !== null, ...route.value });
}

/** An offering states in its parameters (`max_n`) how many choices it supports per call. */
function severalChoices({ n }: ChatBody, { offerings }: ModelEntry): NonNullable<Parameters<typeof routeOf>[3]> {
  const wanted = n ?? 1;
  const mostOf = ({ parameters: { max_n: most } }: OfferingEntry): number =>
    typeof most === 'number' ? most : Infinity;
  const message = `n=${wanted} is not supported by this model (at most ${Math.max(...offerings.map(mostOf))})`;
  return {
    serves: (offering) => wanted <= mostOf(offering),
    refusal: apiError('INVALID_REQUEST', message, { param: 'n' }),
  };
}

/** Any id may have the prefix `openrouter/`; some of OpenRouter's own ids start with it too. */
function nameWithout(prefix: string, asked: string, catalog: Catalog): string {
  return asked.startsWith(prefix) && !catalog.byName.has(asked) ? asked.slice(prefix.length) : asked;
}

function passThrough(
  catalog: Catalog,
  context: PlanningContext,
  asked: string,
  name: string,
  estimate: Quantity[],
): Result<Plan> {
  const has = (provider: ProviderSlug): boolean => context.available.some((one) => one.provider === provider);
  const forced = splitForced(asked);
  const plan = (provider: ProviderSlug, providerModel: string, isForced: boolean): Result<Plan> => {
    if (!isAllowed(context.rules, provider, providerModel)) return fail(notAllowed(asked));
    const route = [{ ...unlisted(provider, providerModel, estimate), marginPercent: context.marginPercent }];
    return succeed({ model: name, modality: 'text', forced: isForced, route, passedOver: [] });
  };

  if (forced?.provider === 'openai-compatible' && forced.model !== '' && has('openai-compatible')) {
    return plan('openai-compatible', forced.model, true);
  }
  const isTextId = /^[^/\s]+\/[^\s]+$/.test(name) && forced?.provider !== 'openai-compatible';
  const mayBeThere = isTextId && has('openrouter') && (!catalog.listsOpenRouter || isVariant(catalog, name));
  return mayBeThere ? plan('openrouter', name, false) : fail(modelNotFound(catalog, asked));
}

/** `creator/model:online`: a variant of a listed model, at a cost that OpenRouter reports. */
function isVariant(catalog: Catalog, name: string): boolean {
  const colon = name.lastIndexOf(':');
  return colon > 0 && catalog.byName.get(name.slice(0, colon))?.modality === 'text';
}

/** The operator's own endpoint costs nothing; a catalog file can set a price for a model there. */
const OWN_ENDPOINT_PRICE: Price = {
  version: 'own-endpoint',
  lines: [
    { type: 'input', metric: 'token', unitPrice: '0' },
    { type: 'output', metric: 'token', unitPrice: '0' },
  ],
};

/** The price of an unlisted model is unknown: OpenRouter must report the cost. */
function unlisted(provider: ProviderSlug, providerModel: string, estimate: Quantity[]): PlannedOffering {
  const price = provider === 'openai-compatible' ? OWN_ENDPOINT_PRICE : null;
  return {
    provider,
    providerName: providerNameOf(provider),
    providerModel,
    price,
    parameters: {},
    estimate,
    priority: 0,
    weight: 1,
  };
}

async function estimateChat(body: ChatBody, exact: boolean): Promise<Quantity[]> {
  const parts = body.messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []),
  );
  const texts = parts.flatMap(({ text }) => text ?? []);
  const written = exact
    ? await countTokensOf(texts)
    : texts.reduce((sum, text) => sum + Math.ceil(text.length / CHARACTERS_PER_TOKEN), 0);
  const input =
    3 + TOKENS_PER_MESSAGE * body.messages.length + TOKENS_PER_IMAGE * (parts.length - texts.length) + written;
  const limit = body.max_completion_tokens ?? body.max_tokens ?? EXPECTED_ANSWER_TOKENS;
  return [
    { type: 'input', metric: 'token', of: 'text', quantity: input },
    { type: 'output', metric: 'token', of: 'text', quantity: limit * (body.n ?? 1) },
  ];
}
