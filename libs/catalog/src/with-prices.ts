import type { Price } from '@lumenfall/contracts';
import type { ModelEntry, OfferingEntry } from './model-entry.js';
import type { Catalog } from './parse-catalog.js';

/** Prices that replace those of the catalog, by `offeringKeyOf`. */
export type PriceOverrides = ReadonlyMap<string, Price>;

/** @param offering `<provider>/<provider model id>` */
export const offeringKeyOf = (model: string, offering: string): string => `${model} ${offering}`;

/** The catalog with other prices. An override without an offering changes nothing. */
export function withPrices(catalog: Catalog, overrides: PriceOverrides): Catalog {
  if (overrides.size === 0) return catalog;
  const replaced = new Map<ModelEntry, ModelEntry>();
  for (const entry of catalog.models) {
    const offerings = entry.offerings.map((offering) => withPrice(offering, overrides.get(keyOf(entry, offering))));
    if (offerings.some((offering, at) => offering !== entry.offerings[at])) {
      replaced.set(entry, { ...entry, offerings });
    }
  }
  const current = (entry: ModelEntry): ModelEntry => replaced.get(entry) ?? entry;
  return {
    ...catalog,
    models: catalog.models.map(current),
    byName: new Map([...catalog.byName].map(([name, entry]) => [name, current(entry)])),
  };
}

const keyOf = ({ id }: ModelEntry, { provider, model }: OfferingEntry): string =>
  offeringKeyOf(id, `${provider}/${model}`);

function withPrice(offering: OfferingEntry, price: Price | undefined): OfferingEntry {
  if (price === undefined) return offering;
  return { ...offering, price: price.lines.map(({ unitPrice, ...line }) => ({ ...line, unit_price: unitPrice })) };
}
