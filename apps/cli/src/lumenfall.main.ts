import { EXIT } from './command-line.js';
import type { Ending } from './ending.js';
import { runCommandLine } from './run-command-line.js';

/** A failure that nobody foresaw is told with its stack. */
const bug = (error: unknown): Ending => ({
  code: EXIT.failed,
  error: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { DATABASE_URL = '', MIGRATIONS_DIR, BOOTSTRAP_API_KEY } = process.env;
const { code, text, error } = await runCommandLine(process.argv.slice(2), DATABASE_URL, {
  migrationsDir: MIGRATIONS_DIR || undefined,
  apiKey: BOOTSTRAP_API_KEY || undefined,
  say: (line) => void process.stderr.write(`migrate: ${line}\n`),
}).catch(bug);
if (text !== undefined) process.stdout.write(`${text}\n`);
if (error !== undefined) process.stderr.write(`lumenfall: ${error}\n`);
process.exitCode = code;
