import type { Catalog } from './parse-catalog.js';

/** Ids of models. */
export interface CatalogChanges {
  added: string[];
  removed: string[];
  changed: string[];
}

/** What a reload changed; null for nothing. */
export function changesBetween(before: Catalog, after: Catalog): CatalogChanges | null {
  const old = textsOf(before);
  const now = textsOf(after);
  const changes = {
    added: [...now.keys()].filter((id) => !old.has(id)),
    removed: [...old.keys()].filter((id) => !now.has(id)),
    changed: [...now.keys()].filter((id) => old.has(id) && old.get(id) !== now.get(id)),
  };
  return Object.values(changes).some((ids) => ids.length > 0) ? changes : null;
}

const textsOf = ({ models }: Catalog): Map<string, string> =>
  new Map(models.map((entry) => [entry.id, JSON.stringify(entry)]));
