import { spawn } from 'node:child_process';
import path from 'node:path';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

/**
 * Applies the migrations that the database lacks and creates the first organization; with `sandbox`, its credit is
 * sandbox credit.
 * @returns {Promise<{ apiKey: string | null, balance: number | null }>} the API key if this run created it (the
 *   database has only its hash), and the balance of the organization in USD
 * @throws {OperatorError} with the last line of the migration's standard error
 */
export function migrate({ root, env, databaseUrl, sandbox, line }) {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [path.join(root, 'dist/apps/cli/main.js'), 'migrate', ...(sandbox ? ['--sandbox'] : [])],
      {
        cwd: root,
        env: { ...env, DATABASE_URL: databaseUrl },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let bootstrap = null;
    let lastError = '';
    eachLine(child.stdout, (text) => {
      const found = readBootstrap(text);
      if (found !== null) bootstrap = found;
      else line('migrate', text);
    });
    eachLine(child.stderr, (text) => {
      if (text.trim() !== '') lastError = text;
      // The key is printed once, at the end, and must not appear in the log.
      if (!text.includes('lmnfl_')) line('migrate', text.replace(/^(migrate|lumenfall): /, ''));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(bootstrap ?? { apiKey: null, balance: null });
      else reject(new OperatorError(`The database could not be migrated: ${lastError || `exit code ${code}`}`));
    });
  });
}

/** The key and the balance in the JSON line that the migration prints; null for any other line. */
export function readBootstrap(text) {
  if (!text.startsWith('{')) return null;
  try {
    const { type, apiKey, balance } = JSON.parse(text);
    if (type !== 'bootstrap') return null;
    return {
      apiKey: typeof apiKey === 'string' ? apiKey : null,
      balance: typeof balance === 'number' ? balance : null,
    };
  } catch {
    return null;
  }
}
