/** `npm run lumenfall -- <command>`: the operator's command line on the system that runs here. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperatorError, explain } from './start/operator-error.mjs';
import { readEnvironment, readSettings } from './start/settings.mjs';
import { StateFolder } from './start/state-folder.mjs';

const root = path.resolve(import.meta.dirname, '..');
const program = path.join(root, 'dist/apps/cli/main.js');

try {
  const env = readEnvironment(root);
  if (!env.DATABASE_URL)
    env.DATABASE_URL = new StateFolder(readSettings(root, env).home).readRunning()?.databaseUrl ?? '';
  if (!existsSync(program))
    throw new OperatorError('lumenfall: nothing is built yet: run npm start, or npm run build.');
  process.env.DATABASE_URL = env.DATABASE_URL;
  if (env.CATALOG_DIR) process.env.CATALOG_DIR = env.CATALOG_DIR;
  await import(pathToFileURL(program).href);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
