import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReportedUsage } from './price-rules.js';
import { CatalogError, type ModelFile } from './yaml-file.js';
import { parseCatalog, type Catalog } from './parse-catalog.js';

// In the bundle the files are beside it; in the source tree one folder up. This is the library's only I/O.
const SHIPPED = ['./models', '../models'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** The folders of the catalog: the shipped one, and the operator's own if configured. */
export function catalogFolders(own: string | null): string[] {
  const shipped = SHIPPED.find(isFolder);
  if (shipped === undefined) throw new CatalogError(`No folder of model files at ${SHIPPED.join(' or ')}.`);
  return own === null ? [shipped] : [shipped, own];
}

/**
 * Reads and validates the shipped model files and those of the operator's own folder, which replace a shipped model
 * with the same id or add one. Throws `CatalogError` with one line.
 */
export function loadCatalog(own: string | null = null, reported: ReportedUsage | null = null): Catalog {
  const [shipped = '', ownFolder] = catalogFolders(own);
  const files = readFolder(shipped, '');
  if (files.length === 0) throw new CatalogError(`No model files (*.yaml) in ${shipped}.`);
  if (ownFolder === undefined) return parseCatalog(files, [], reported);
  if (!isFolder(ownFolder)) throw new CatalogError(`No folder of model files at ${ownFolder} (CATALOG_DIR).`);
  return parseCatalog(files, readFolder(ownFolder, ownFolder), reported);
}

/** Skips hidden files (editors' copies). @param shownAs prefix of the file names in messages */
function readFolder(folder: string, shownAs: string): ModelFile[] {
  const names = readdirSync(folder).filter((name) => /^[^.].*\.ya?ml$/.test(name));
  return names.sort().map((name) => ({ name: join(shownAs, name), text: readText(join(folder, name)) }));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CatalogError(`${path}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Model ids. */
export interface CatalogChanges {
  added: string[];
  removed: string[];
  changed: string[];
}

/** Differences after a reload; null if there are none. */
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
