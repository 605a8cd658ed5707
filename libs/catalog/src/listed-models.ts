import type { ModelEntry, OfferingEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';

/** A text model as listed by a provider. */
export interface ListedModel {
  /** `creator/model`: the id at the provider and here. */
  id: string;
  name: string;
  description: string;
  /** Unix seconds. */
  created: number;
  inputs: ('text' | 'image' | 'audio')[];
  tools: boolean;
  /** Tokens. */
  contextWindow: number | null;
  /** Empty if the list states no price; the provider's reported cost is charged then. */
  price: OfferingEntry['price'];
}

/** The catalog plus OpenRouter's models; a catalog file wins over the list. */
export function withListedModels(catalog: Catalog, listed: readonly ListedModel[]): Catalog {
  const fresh = listed.filter(({ id }) => !catalog.byName.has(id)).map(entryOf);
  const byName = new Map(catalog.byName);
  for (const entry of fresh) byName.set(entry.id, entry);
  // A list may contain a model twice.
  const models = [...catalog.models, ...fresh.filter((entry) => byName.get(entry.id) === entry)];
  return { models: models.sort((a, b) => (a.id < b.id ? -1 : 1)), byName, listsOpenRouter: true };
}

const entries = new WeakMap<ListedModel, ModelEntry>();

function entryOf(listed: ListedModel): ModelEntry {
  let entry = entries.get(listed);
  if (!entry) entries.set(listed, (entry = newEntry(listed)));
  return entry;
}

function newEntry({ id, name, description, created, inputs, tools, contextWindow, price }: ListedModel): ModelEntry {
  return {
    id,
    name,
    description,
    creator: id.slice(0, id.indexOf('/')),
    created: new Date(created * 1000).toISOString().slice(0, 10),
    modality: 'text',
    modes: ['chat'],
    featured: false,
    aliases: [],
    alternative_names: [],
    tags: ['text-generation'],
    free: price.length > 0 && price.every(({ unit_price }) => Number(unit_price) === 0),
    status: 'active',
    limits: contextWindow === null ? {} : { context_window: contextWindow },
    capabilities: tools ? ['streaming', 'tools'] : ['streaming'],
    parameters: {},
    text: { inputs },
    offerings: [{ provider: 'openrouter', model: id, priority: 0, weight: 1, parameters: {}, price, sandbox: false }],
  };
}
