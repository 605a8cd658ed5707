/**
 * `npm start`: installs what is missing, builds what has changed, and runs the whole system on this machine until
 * Ctrl-C or SIGTERM. Uses only Node's own modules, because a fresh clone has nothing else yet.
 */
import path from 'node:path';
import { isRecentEnough, OLDEST_NODE } from './start/node-version.mjs';

const root = path.resolve(import.meta.dirname ?? '.', '..');

if (!isRecentEnough(process.version)) {
  console.error(
    `Node ${process.version} is too old: install Node ${OLDEST_NODE} or newer (for example from nodejs.org), then start again.`,
  );
  process.exit(1);
}

const { runUntilSignal } = await import('./start/run-until-signal.mjs');
await runUntilSignal(root);
