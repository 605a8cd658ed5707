import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CatalogError, parseCatalog, type Catalog } from './parse-catalog.js';

// The bundle carries the files beside itself; in the source tree they are one folder up. This is the library's only I/O.
const OWN_FOLDERS = ['./models', '../models'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** Reads and validates the model files of `folder` (by default the ones shipped here). Throws `CatalogError`, one line. */
export function loadCatalog(folder = OWN_FOLDERS.find(isFolder)): Catalog {
  if (folder === undefined || !isFolder(folder))
    throw new CatalogError(`No folder of model files at ${folder ?? OWN_FOLDERS.join(' or ')}.`);
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  if (names.length === 0) throw new CatalogError(`No model files (*.yaml) in ${folder}.`);
  return parseCatalog(names.sort().map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') })));
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
