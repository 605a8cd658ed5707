import type { ListedModel } from '@lumenfall/catalog';
import { z } from 'zod';
import { failed, httpOf, type TimeLimits } from '../http/index.js';
import type { Outcome, ProviderEndpoint } from '../spec/index.js';
import { openRouterDialect } from './adapter.js';

/** USD, as decimal text. */
const amount = z.string().transform(plainDecimal);

const modelSchema = z.object({
  id: z
    .string()
    .regex(/^[^/\s]+\/\S+$/)
    .max(256),
  name: z.string().min(1),
  created: z.number().nonnegative().max(1e11),
  description: z.string().nullish(),
  context_length: z.number().int().positive().nullish().catch(null),
  architecture: z
    .object({ input_modalities: z.array(z.string()).optional(), output_modalities: z.array(z.string()).optional() })
    .nullish(),
  pricing: z
    .object({
      prompt: amount,
      completion: amount,
      input_cache_read: amount,
      input_cache_write: amount,
      /** USD per call. */
      request: amount,
    })
    .partial()
    .nullish(),
  supported_parameters: z.array(z.string()).nullish(),
});

const listSchema = z.object({
  data: z.array(z.unknown()),
  links: z.object({ next: z.string().nullish() }).nullish(),
});

export interface ModelListPage {
  models: ListedModel[];
  /** Path and query of the next page; null on the last one. */
  next: string | null;
}

/**
 * Reads `GET /models`; null if it is not such a list. Leaves out entries that cannot be read, or that do not make text.
 */
export function readModelList(body: unknown): ModelListPage | null {
  const list = listSchema.safeParse(body);
  if (!list.success) return null;
  const models = list.data.data.flatMap((one) => {
    const parsed = modelSchema.safeParse(one);
    const outputs = parsed.data?.architecture?.output_modalities;
    return parsed.success && (outputs === undefined || outputs.includes('text')) ? [listedModelOf(parsed.data)] : [];
  });
  return { models, next: list.data.links?.next ?? null };
}

function listedModelOf(model: z.infer<typeof modelSchema>): ListedModel {
  const inputs = model.architecture?.input_modalities ?? [];
  const parameters = model.supported_parameters;
  return {
    id: model.id,
    name: model.name,
    description: (model.description ?? '').slice(0, 2_000),
    created: model.created,
    inputs: ['text', ...(['image', 'audio'] as const).filter((input) => inputs.includes(input))],
    // Without a list of parameters the model may accept all of them.
    tools: parameters == null || parameters.length === 0 || parameters.includes('tools'),
    contextWindow: model.context_length ?? null,
    price: priceOf(model.pricing ?? {}),
  };
}

/** Empty if the price is not fixed: one below zero depends on the provider behind OpenRouter. */
function priceOf(pricing: NonNullable<z.infer<typeof modelSchema>['pricing']>): ListedModel['price'] {
  const { prompt, completion, input_cache_read: cacheRead, input_cache_write: cacheWrite, request = '0' } = pricing;
  if (!prompt || !completion || request === null) return [];
  return [
    { type: 'input', metric: 'token', unit_price: prompt },
    ...(cacheRead ? [{ type: 'cache_read' as const, metric: 'token' as const, unit_price: cacheRead }] : []),
    ...(cacheWrite ? [{ type: 'cache_write' as const, metric: 'token' as const, unit_price: cacheWrite }] : []),
    { type: 'output', metric: 'token', unit_price: completion },
    ...(request === '0' ? [] : [{ type: 'input' as const, metric: 'request' as const, unit_price: request }]),
  ];
}

/** The text unchanged; null if it is not an amount (`-1`). */
function plainDecimal(text: string): string | null {
  if (!/^\d+(\.\d+)?$/.test(text)) return null;
  return Number(text) === 0 ? '0' : text;
}

/** Some hundred models with long descriptions are about one megabyte. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 20;
const LIMITS: TimeLimits = { connectMs: 5_000, firstByteMs: 15_000, idleMs: 10_000, wholeMs: 30_000 };

const http = httpOf(openRouterDialect);

/** Every text model that OpenRouter offers, with its prices. A list that breaks off is a failure. */
export async function readOpenRouterModels(
  endpoint: ProviderEndpoint,
  signal: AbortSignal,
): Promise<Outcome<ListedModel[]>> {
  const models: ListedModel[] = [];
  let target: string | null = '/models';
  for (let page = 0; target !== null; page += 1) {
    if (page === MAX_PAGES) return failed('transient', "The provider's list of models has too many pages");
    const answer = await http({ endpoint }).json(
      { method: 'GET', target, limits: LIMITS, maxBytes: MAX_BYTES },
      signal,
    );
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    const read = readModelList(body);
    if (read === null) return failed('transient', 'The provider did not send a list of models', { status });
    models.push(...read.models);
    target = read.next === null ? null : addressOf(read.next, endpoint);
  }
  if (models.length === 0) return failed('transient', 'The provider sent a list without text models');
  return { ok: true, value: models };
}

/** The next page as a URL. A value that is not one is sent as it is, and refused by the provider. */
function addressOf(next: string, { baseUrl }: ProviderEndpoint): string {
  return URL.canParse(next, baseUrl) ? new URL(next, baseUrl).href : next;
}
