import { spawn } from 'node:child_process';
import path from 'node:path';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

/**
 * Applies the migrations that the database lacks and creates the first organization.
 * @returns {Promise<string | null>} the API key if this run created it; the database has only its hash
 * @throws {OperatorError} with the last line of the migration's standard error
 */
export function migrate({ root, env, databaseUrl, line }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'dist/apps/cli/main.js'), 'migrate'], {
      cwd: root,
      env: { ...env, DATABASE_URL: databaseUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let key = null;
    let lastError = '';
    eachLine(child.stdout, (text) => {
      const found = readKey(text);
      if (found !== null) key = found;
      else line('migrate', text);
    });
    eachLine(child.stderr, (text) => {
      if (text.trim() !== '') lastError = text;
      // The key is printed once, at the end, and must not appear in the log.
      if (!text.includes('lmnfl_')) line('migrate', text.replace(/^(migrate|lumenfall): /, ''));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(key);
      else reject(new OperatorError(`The database could not be migrated: ${lastError || `exit code ${code}`}`));
    });
  });
}

/** The key in the JSON line that the migration prints; null if the line has none. */
export function readKey(text) {
  if (!text.startsWith('{')) return null;
  try {
    const { apiKey } = JSON.parse(text);
    return typeof apiKey === 'string' ? apiKey : null;
  } catch {
    return null;
  }
}
