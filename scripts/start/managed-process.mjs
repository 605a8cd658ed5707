import { spawn } from 'node:child_process';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

const READY_WITHIN_MS = 60_000;
/** A process that lived for this long had recovered: its next death starts the count of quick deaths again. */
const SETTLED_MS = 30_000;

/**
 * How long to wait before a dead process is started again: 200 ms at first, so that a killed worker is back at once,
 * doubled with every quick death, at most 10 s.
 * @param {number} quickDeaths deaths in a row, including this one
 */
export function backOffMs(quickDeaths) {
  return Math.min(10_000, 200 * 2 ** Math.max(0, quickDeaths - 1));
}

/** @returns {number} the deaths in a row after one more, of a process that lived for `livedMs` */
export function countDeath(quickDeaths, livedMs) {
  return livedMs >= SETTLED_MS ? 1 : quickDeaths + 1;
}

/**
 * One process of the stack: started, watched, started again when it dies, closed with a deadline.
 *
 * It leads its own process group, so that Ctrl-C reaches only the start script, which then closes everything in order.
 * Its IPC channel ends when the start script is gone, even after SIGKILL.
 */
export class ManagedProcess {
  /**
   * @param {{ name: string, file: string, env: Record<string, string>, cwd: string, uid?: number, gid?: number,
   *   wrapper?: string[] }} definition `wrapper`: a program with arguments that runs Node in its place
   * @param {{ line(name: string, text: string): void, event(text: string): void, changed(): void }} watcher
   */
  constructor(definition, watcher) {
    this.definition = definition;
    this.watcher = watcher;
    this.child = null;
    this.closing = false;
    this.quickDeaths = 0;
    this.url = null;
  }

  get name() {
    return this.definition.name;
  }

  get pid() {
    return this.child?.pid ?? null;
  }

  /**
   * Resolves when the process reports that it is ready. If it ends before that, it is not started again.
   * @throws {OperatorError} with the last line of its standard error
   */
  start() {
    return new Promise((resolve, reject) => {
      const { file, env, cwd, name, uid, gid, wrapper = [] } = this.definition;
      const startedAt = Date.now();
      let lastError = '';
      let ready = false;
      let reason = null;
      const [program, ...args] = [...wrapper, process.execPath, file];
      const child = spawn(program, args, {
        ...{ cwd, env, uid, gid },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      this.child = child;
      this.watcher.changed();
      const tooLate = setTimeout(() => {
        reason = `was not ready within ${READY_WITHIN_MS / 1000} s`;
        this.kill();
      }, READY_WITHIN_MS);
      eachLine(child.stdout, (line) => this.watcher.line(name, line));
      eachLine(child.stderr, (line) => {
        if (line.trim() !== '') lastError = line;
        this.watcher.line(name, line);
      });
      child.on('message', (message) => {
        if (message?.type !== 'ready') return;
        ready = true;
        clearTimeout(tooLate);
        this.url = message.url ?? null;
        resolve(this.url);
      });
      child.on('error', (error) => reject(new OperatorError(`${name} cannot be started: ${error.message}`)));
      child.on('close', (code, signal) => {
        clearTimeout(tooLate);
        this.child = null;
        this.watcher.changed();
        if (this.closing) return reject(new OperatorError(`${name} was closed while it started.`));
        const how = reason ?? (signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
        if (!ready) return reject(new OperatorError(`${name} ${how}${lastError === '' ? '' : `: ${lastError}`}`));
        return this.#startAgain(how, Date.now() - startedAt);
      });
    });
  }

  #startAgain(how, livedMs) {
    this.quickDeaths = countDeath(this.quickDeaths, livedMs);
    const waitMs = backOffMs(this.quickDeaths);
    this.watcher.event(`${this.name} ${how}; starting it again in ${waitMs / 1000} s`);
    this.timer = setTimeout(() => {
      if (this.closing) return;
      this.start().then(
        () => this.watcher.event(`${this.name} is back`),
        (error) => {
          if (this.closing) return;
          this.#startAgain(`did not start (${error.message})`, 0);
        },
      );
    }, waitMs);
  }

  /** SIGTERM, then SIGKILL to its whole group when `deadline` (Unix ms) has passed. Resolves when it has ended. */
  close(deadline) {
    this.closing = true;
    clearTimeout(this.timer);
    const child = this.child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.watcher.event(`${this.name} did not close in time: killed`);
          this.kill();
        },
        Math.max(0, deadline - Date.now()),
      );
      child.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      child.kill('SIGTERM');
    });
  }

  /** Kills the process and everything that it started. */
  kill() {
    const pid = this.pid;
    if (pid === null) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.child?.kill('SIGKILL');
    }
  }
}
