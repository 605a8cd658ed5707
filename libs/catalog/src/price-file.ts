import { providerSlugSchema, type Price } from '@lumenfall/contracts';
import { z } from 'zod';
import { findModel } from './find-model.js';
import { priceLineEntrySchema, type ModelEntry, type OfferingEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';
import { problemsOfPrice, type ReportedUsage } from './price-rules.js';
import { priceOfLines } from './price-version.js';
import type { Problem } from './table-rules.js';
import { problemAt, readYaml, type ModelFile } from './yaml-file.js';

/** New prices: a list of models or offerings with price lines, as in model files. Unknown keys are errors. */
const priceFileSchema = z.strictObject({
  prices: z
    .array(
      z.strictObject({
        /** A name of the model. */
        model: z.string().min(1),
        /** Absent: every offering of the model. */
        provider: providerSlugSchema.optional(),
        /** The provider's own model id; absent: every offering of the model there. */
        provider_model: z.string().min(1).optional(),
        /** Required for a price of 0. */
        free: z.boolean().default(false),
        price: z.array(priceLineEntrySchema).min(1),
      }),
    )
    .min(1),
});

type PriceEntry = z.infer<typeof priceFileSchema>['prices'][number];

export interface PricedOffering {
  /** The id in the catalog. */
  model: string;
  /** `<provider>/<provider model id>` */
  offering: string;
  price: Price;
}

/**
 * Reads a file of prices (YAML or JSON) and finds the offerings that it prices. Throws `CatalogError`, one line with
 * file, line and field, for the first mistake.
 *
 * @param reported refuses price lines that could never be charged; null skips that check
 */
export function parsePriceFile(file: ModelFile, catalog: Catalog, reported: ReportedUsage | null): PricedOffering[] {
  const { content, place } = readYaml(file);
  const parsed = priceFileSchema.safeParse(content);
  if (!parsed.success) throw problemAt(place, parsed.error.issues[0], 'prices');
  const known = new Set<string>();
  return parsed.data.prices.flatMap((entry, index): PricedOffering[] => {
    const refuse = ({ path, message }: Problem) => problemAt(place, { path: ['prices', index, ...path], message }, '');
    const found = offeringsOf(entry, catalog);
    if (!Array.isArray(found)) throw refuse(found);
    const price = priceOfLines(entry.price);
    return found.map(({ model, offering }): PricedOffering => {
      const name = `${offering.provider}/${offering.model}`;
      const rules = { ...model, free: entry.free };
      const [problem] = problemsOfPrice(rules, offering.provider, entry.price, reported);
      if (problem) throw refuse({ ...problem, path: ['price', ...problem.path] });
      const key = `${model.id} ${name}`;
      if (known.has(key))
        throw refuse({ path: [], message: `${name} of '${model.id}' has a price in this file already` });
      known.add(key);
      return { model: model.id, offering: name, price };
    });
  });
}

type Found = { model: Pick<ModelEntry, 'id' | 'modality' | 'image' | 'video'>; offering: NamedOffering };
type NamedOffering = Pick<OfferingEntry, 'provider' | 'model'>;

/** The offerings that an entry prices, or why there is none. */
function offeringsOf(
  { model: name, provider, provider_model: providerModel }: PriceEntry,
  catalog: Catalog,
): Found[] | Problem {
  const entry = catalog.byName.get(name);
  if (!entry) {
    // OpenRouter's list is not in the files. Its names have the form creator/model.
    const isListed = provider === 'openrouter' && /^[^/\s]+\/\S+$/.test(name);
    if (isListed)
      return [{ model: { id: name, modality: 'text' }, offering: { provider, model: providerModel ?? name } }];
    const found = findModel(catalog, name);
    return {
      path: ['model'],
      message: found.ok ? `'${name}' must be written without its provider` : found.error.message,
    };
  }
  const found = entry.offerings.filter(
    (offering) =>
      (provider === undefined || offering.provider === provider) &&
      (providerModel === undefined || offering.model === providerModel),
  );
  if (found.length > 0) return found.map((offering) => ({ model: entry, offering }));
  const all = entry.offerings.map((offering) => `${offering.provider}/${offering.model}`).join(', ');
  const path = [providerModel === undefined ? 'provider' : 'provider_model'];
  return { path, message: `'${entry.id}' has no such offering; it has ${all}` };
}
