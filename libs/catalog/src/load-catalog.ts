import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CatalogError, parseCatalog, type Catalog, type ModelFile } from './parse-catalog.js';

// The bundle carries the files beside itself; in the source tree they are one folder up. This is the library's only I/O.
const SHIPPED = ['./models', '../models'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** The folders that a catalog is read from: the one shipped here, and the operator's own, if there is one. */
export function catalogFolders(own: string | null): string[] {
  const shipped = SHIPPED.find(isFolder);
  if (shipped === undefined) throw new CatalogError(`No folder of model files at ${SHIPPED.join(' or ')}.`);
  return own === null ? [shipped] : [shipped, own];
}

/**
 * Reads and validates the model files shipped here, and over them those of the operator's own folder: a file there replaces
 * the shipped model of its id, or adds one. Throws `CatalogError`, one line.
 */
export function loadCatalog(own: string | null = null): Catalog {
  const [shipped = '', ownFolder] = catalogFolders(own);
  const files = readFolder(shipped, '');
  if (files.length === 0) throw new CatalogError(`No model files (*.yaml) in ${shipped}.`);
  if (ownFolder === undefined) return parseCatalog(files);
  if (!isFolder(ownFolder)) throw new CatalogError(`No folder of model files at ${ownFolder} (CATALOG_DIR).`);
  return parseCatalog(files, readFolder(ownFolder, ownFolder));
}

/** Without hidden files: editors keep their copies in them. @param shownAs what the files' names begin with in messages */
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
