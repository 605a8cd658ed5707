import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Whether what npm last put into node_modules is what the lock file asks for. npm writes `.package-lock.json` there
 * as the last act of an install, so a broken-off one does not count.
 * @param {Record<string, { version?: string, optional?: boolean }>} wanted the lock file's packages
 * @param {Record<string, { version?: string }>} present those of node_modules/.package-lock.json
 */
export function isInstalled(wanted, present) {
  return Object.entries(wanted).every(([place, { version, optional, link }]) => {
    if (place === '' || link) return true;
    const found = present[place];
    return found === undefined ? optional === true : found.version === version;
  });
}

/** @returns {{ complete: boolean, wanted: string[] }} `wanted`: the folders that an install makes. */
export function readInstallation(root) {
  const packagesOf = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).packages : null);
  const wanted = packagesOf(path.join(root, 'package-lock.json')) ?? {};
  const present = packagesOf(path.join(root, 'node_modules/.package-lock.json'));
  const places = Object.keys(wanted).filter((place) => place !== '' && !wanted[place].optional);
  return { complete: present !== null && isInstalled(wanted, present), wanted: places };
}
