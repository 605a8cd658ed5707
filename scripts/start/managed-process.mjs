import { spawn } from 'node:child_process';
import { backOffMs, countDeath } from './back-off.mjs';
import { eachLine } from './log-lines.mjs';
import { OperatorError } from './operator-error.mjs';

const READY_WITHIN_MS = 60_000;

/**
 * One process of the stack: started, watched, started again when it dies, stopped with a deadline.
 *
 * It is the leader of its own group, so that Ctrl-C reaches only the start script, which then stops everything in order;
 * and it holds an IPC channel, whose end tells it that the start script is gone, even by SIGKILL.
 */
export class ManagedProcess {
  /**
   * @param {{ name: string, file: string, env: Record<string, string>, cwd: string }} definition
   * @param {{ line(name: string, text: string): void, event(text: string): void, changed(): void }} watcher
   */
  constructor(definition, watcher) {
    this.definition = definition;
    this.watcher = watcher;
    this.child = null;
    this.stopping = false;
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
   * Resolves when the process says that it is ready. A death before that is final for a first start.
   * @throws {OperatorError} with the last thing that the process said.
   */
  start() {
    return new Promise((resolve, reject) => {
      const { file, env, cwd, name } = this.definition;
      const startedAt = Date.now();
      const said = [];
      let ready = false;
      let reason = null;
      const child = spawn(process.execPath, [file], {
        cwd,
        env,
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
        if (line.trim() !== '') said[0] = line;
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
        if (this.stopping) return reject(new OperatorError(`${name} was stopped while it started.`));
        const how = reason ?? (signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
        if (!ready) return reject(new OperatorError(`${name} ${how}${said.length > 0 ? `: ${said[0]}` : ''}`));
        return this.#startAgain(how, Date.now() - startedAt);
      });
    });
  }

  #startAgain(how, livedMs) {
    this.quickDeaths = countDeath(this.quickDeaths, livedMs);
    const waitMs = backOffMs(this.quickDeaths);
    this.watcher.event(`${this.name} ${how}; starting it again in ${waitMs / 1000} s`);
    this.timer = setTimeout(() => {
      if (this.stopping) return;
      this.start().then(
        () => this.watcher.event(`${this.name} is back`),
        (error) => {
          if (this.stopping) return;
          this.#startAgain(`did not start (${error.message})`, 0);
        },
      );
    }, waitMs);
  }

  /** SIGTERM, then SIGKILL to its whole group when `deadline` (Unix ms) has passed. Resolves when it is gone. */
  stop(deadline) {
    this.stopping = true;
    clearTimeout(this.timer);
    const child = this.child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          this.watcher.event(`${this.name} did not stop in time: killed`);
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

  /** Ends the process and whatever it started, at once. */
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
