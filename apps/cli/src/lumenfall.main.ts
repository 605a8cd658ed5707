import { runCommandLine } from './command-line.js';
import { commandsFor } from './commands.js';
import { EXIT, type CommandOutcome } from './outcome.js';

const unexpected = (error: unknown): CommandOutcome => ({
  code: EXIT.failed,
  error: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

// A closed pipe (`| head`) ends the program without an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
const { DATABASE_URL = '', MIGRATIONS_DIR, BOOTSTRAP_API_KEY, CATALOG_DIR, USER } = process.env;
const { code, text, error } = await runCommandLine(
  process.argv.slice(2),
  commandsFor({
    databaseUrl: DATABASE_URL,
    migrationsDir: MIGRATIONS_DIR || undefined,
    bootstrapApiKey: BOOTSTRAP_API_KEY || undefined,
    catalogDir: CATALOG_DIR || null,
    user: USER || 'cli',
    log: (line) => void process.stderr.write(`migrate: ${line}\n`),
  }),
).catch(unexpected);
if (text !== undefined) process.stdout.write(`${text}\n`);
if (error !== undefined) process.stderr.write(`lumenfall: ${error}\n`);
process.exitCode = code;
