import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { OperatorError } from './operator-error.mjs';

/** Whether a process is alive and, if there is a /proc, its command line contains `commandPart`. */
export function isAlive(pid, commandPart) {
  if (!Number.isInteger(pid) || pid < 2) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return false;
  }
  const file = `/proc/${pid}/cmdline`;
  if (commandPart === undefined || !existsSync('/proc/self/cmdline')) return true;
  try {
    return readFileSync(file, 'utf8').includes(commandPart);
  } catch {
    return false;
  }
}

/**
 * The folder that outlives a run: database, media, the API key, and `running.json` with the processes that use it.
 * Its secrets are readable by their owner only.
 */
export class StateFolder {
  constructor(home) {
    this.home = home;
  }

  file(name) {
    return path.join(this.home, name);
  }

  /** @throws {OperatorError} if the folder cannot be written, or another start uses it */
  claim() {
    try {
      if (!existsSync(this.home)) mkdirSync(this.home);
      const probe = this.file(`.probe-${process.pid}`);
      writeFileSync(probe, '');
      rmSync(probe);
    } catch (error) {
      throw new OperatorError(
        `Cannot write to ${this.home} (${error.code}): make it writable for this user, or set LUMENFALL_HOME to another folder.`,
      );
    }
    const other = this.readRunning();
    if (other !== null && other.pid !== process.pid && isAlive(other.pid, 'start')) {
      throw new OperatorError(
        `Lumenfall already runs on ${this.home} (process ${other.pid}${other.url ? `, ${other.url}` : ''}): close it first, or set LUMENFALL_HOME and PORT for a second one.`,
      );
    }
    this.writeRunning({ pid: process.pid });
  }

  release() {
    if (this.readRunning()?.pid === process.pid) rmSync(this.file('running.json'), { force: true });
  }

  readRunning() {
    try {
      return JSON.parse(readFileSync(this.file('running.json'), 'utf8'));
    } catch {
      return null;
    }
  }

  /** @param running the pid of the start script, the gateway's URL, the pid of each service, the database's URL */
  writeRunning(running) {
    this.writeSecret('running.json', `${JSON.stringify(running, null, 2)}\n`);
  }

  writeSecret(name, text) {
    const temporary = this.file(`${name}.new`);
    rmSync(temporary, { force: true });
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, this.file(name));
  }

  read(name) {
    return existsSync(this.file(name)) ? readFileSync(this.file(name), 'utf8').trim() : null;
  }

  /** A random password, created once and stored. */
  secret(name) {
    const stored = this.read(name);
    if (stored) return stored;
    const created = randomBytes(24).toString('base64url');
    this.writeSecret(name, `${created}\n`);
    return created;
  }
}
