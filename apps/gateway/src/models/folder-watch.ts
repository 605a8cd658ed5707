import { watch, type FSWatcher } from 'node:fs';

/** Editors and copying write in several steps. */
const SETTLE_MS = 200;
/** How often a folder that is gone is looked for. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Says when anything in some folders may have changed, a moment after it has. Folders are watched, not files: editors replace
 * a file by another of its name. A folder that is itself replaced, or gone for a while, is watched again.
 */
export class FolderWatch {
  #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly folders: readonly string[],
    private readonly changed: () => void,
  ) {}

  start(): void {
    if (!this.#watchAll()) this.#soon(LOOK_AGAIN_MS);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #soon(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      // Watched anew before it is read: what changes from here on is heard of again.
      if (!this.#watchAll()) this.#soon(LOOK_AGAIN_MS);
      this.changed();
    }, ms);
    this.#timer.unref();
  }

  /** False where a folder is not there. */
  #watchAll(): boolean {
    const before = this.#watchers;
    this.#watchers = this.folders.flatMap((folder) => this.#watch(folder) ?? []);
    for (const watcher of before) watcher.close();
    return this.#watchers.length === this.folders.length;
  }

  #watch(folder: string): FSWatcher | null {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#soon(SETTLE_MS));
      return watcher.on('error', () => this.#soon(SETTLE_MS));
    } catch {
      // Looked for again; whoever reads the folder says what is wrong with it.
      return null;
    }
  }
}
