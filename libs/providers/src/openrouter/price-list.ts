import type { ListedModel } from '@lumenfall/catalog';
import { failed, httpOf, type TimeLimits } from '../http/index.js';
import type { Outcome, ProviderEndpoint } from '../spec/index.js';
import { openRouterDialect } from './adapter.js';
import { readModelList } from './model-list.js';

/** Some hundred models with long descriptions are about one megabyte. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 20;
const LIMITS: TimeLimits = { connectMs: 5_000, firstByteMs: 15_000, idleMs: 10_000, wholeMs: 30_000 };

const http = httpOf(openRouterDialect);

/** Every text model that OpenRouter offers, with its prices. A list that breaks off in the middle is a failure. */
export async function readOpenRouterModels(
  endpoint: ProviderEndpoint,
  signal: AbortSignal,
): Promise<Outcome<ListedModel[]>> {
  const models: ListedModel[] = [];
  let target: string | null = '/models';
  for (let page = 0; target !== null; page += 1) {
    if (page === MAX_PAGES) return failed('transient', "The provider's list of models does not end");
    const answer = await http({ endpoint }).json(
      { method: 'GET', target, limits: LIMITS, maxBytes: MAX_BYTES },
      signal,
    );
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    const read = readModelList(body);
    if (read === null) return failed('transient', 'The provider sent no list of models', { status });
    models.push(...read.models);
    target = read.next === null ? null : addressOf(read.next, endpoint);
  }
  if (models.length === 0) return failed('transient', 'The provider sent a list without text models');
  return { ok: true, value: models };
}

/** A path of the provider's own; what is no address is asked for as it is, and refused there. */
function addressOf(next: string, { baseUrl }: ProviderEndpoint): string {
  return URL.canParse(next, baseUrl) ? new URL(next, baseUrl).href : next;
}
