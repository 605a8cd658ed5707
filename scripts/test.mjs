/**
 * `npm test`: installs what is missing, builds what has changed, and runs every test that can run on this machine.
 * With arguments (`npm test -- --selectProjects unit -t money`) it hands them to Jest instead.
 */
import path from 'node:path';
import { isRecentEnough, OLDEST_NODE } from './start/node-version.mjs';

const root = path.resolve(import.meta.dirname ?? '.', '..');

if (!isRecentEnough(process.version)) {
  console.error(`Node ${process.version} is too old: install Node ${OLDEST_NODE} or newer, then start again.`);
  process.exit(1);
}

const { runTests } = await import('./test/run-tests.mjs');
process.exitCode = await runTests(root, process.argv.slice(2));
