/**
 * Lints pieces of code as if each was in a given file, with the rule of the module boundaries.
 * The argument is a JSON array of [file, code]; prints a JSON array with the messages of each, [] if it is allowed.
 *
 *     node scripts/lint/boundaries.mjs '[["apps/gateway/src/main.ts", "import \"@lumenfall/ledger\";"]]'
 */
import path from 'node:path';
import nxDevkit from '@nx/devkit';
import { ESLint } from 'eslint';

const RULE = '@nx/enforce-module-boundaries';

process.env.NX_DAEMON = 'false';
// The rule reads the project graph from Nx's cache, which may be missing or out of date.
await nxDevkit.createProjectGraphAsync({ exitOnError: true });
const eslint = new ESLint({
  cwd: path.resolve(import.meta.dirname, '../..'),
});
const messages = [];
for (const [filePath, code] of JSON.parse(process.argv[2] ?? '[]')) {
  const [result] = await eslint.lintText(code, { filePath });
  messages.push(result.messages.filter(({ ruleId }) => ruleId === RULE).map(({ message }) => message));
}
process.stdout.write(JSON.stringify(messages));
