import { spawn } from 'node:child_process';
import path from 'node:path';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

/**
 * Applies what the database lacks and makes the first organization.
 * @returns {Promise<string | null>} the API key, where this run made it: shown once, kept nowhere else.
 * @throws {OperatorError} with the last thing that the migration said.
 */
export function migrate({ root, env, databaseUrl, line }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'dist/apps/cli/main.js'), 'migrate'], {
      cwd: root,
      env: { ...env, DATABASE_URL: databaseUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let key = null;
    let said = '';
    eachLine(child.stdout, (text) => {
      const found = readKey(text);
      if (found !== null) key = found;
      else line('migrate', text);
    });
    eachLine(child.stderr, (text) => {
      if (text.trim() !== '') said = text;
      // The key is shown once, at the end, and stays out of the log.
      if (!text.includes('lmnfl_')) line('migrate', text.replace(/^(migrate|lumenfall): /, ''));
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(key);
      else reject(new OperatorError(`The database could not be brought up to date: ${said || `code ${code}`}`));
    });
  });
}

/** The key out of the migration's JSON line, null when the line holds none. */
export function readKey(text) {
  if (!text.startsWith('{')) return null;
  try {
    const { apiKey } = JSON.parse(text);
    return typeof apiKey === 'string' ? apiKey : null;
  } catch {
    return null;
  }
}
