import {
  catalogFolders,
  CatalogError,
  changesBetween,
  loadCatalog,
  withListedModels,
  withPrices,
  type Catalog,
  type ListedModel,
  type PriceOverrides,
} from '@lumenfall/catalog';
import { reportedUsage } from '@lumenfall/providers';
import type { Logger } from '@lumenfall/service-kit';
import { watch, type FSWatcher } from 'chokidar';
import { dirname, resolve } from 'node:path';

/** Read access to the catalog. Call `current()` once per request: the catalog changes while the gateway runs. */
export type CatalogSource = Pick<LiveCatalog, 'current'>;

/** Editors and copying write a file in several steps. */
const SETTLE_MS = 200;

/**
 * The current catalog: the model files, read again when they change, over OpenRouter's list of models, at the prices
 * that the operator imported.
 */
export class LiveCatalog {
  #files: Catalog;
  #listed: readonly ListedModel[] | null = null;
  #prices: PriceOverrides = new Map();
  #current: Catalog;
  /** The last logged problem of the files; null while they are valid. */
  #problem: string | null = null;
  #settling: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #watcher: FSWatcher;

  /** @param own the operator's folder. Throws a `CatalogError`, one line, for invalid files. */
  constructor(
    private readonly own: string | null,
    private readonly log: Logger,
  ) {
    this.#files = this.#current = loadCatalog(own, reportedUsage);
    this.#watcher = watchFolders(catalogFolders(own));
    // On `ready` too: a file may have changed between the first read and the start of the watch.
    for (const event of ['all', 'ready', 'error'] as const) this.#watcher.on(event, () => this.#readSoon());
  }

  current(): Catalog {
    return this.#current;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#settling);
    await this.#watcher.close();
  }

  /** Reads the files now, on request. If they are invalid, the previous catalog stays in use. */
  reload(): void {
    this.#read(true);
  }

  /** Sets OpenRouter's text models. */
  list(models: readonly ListedModel[]): void {
    this.#listed = models;
    this.#rebuild();
  }

  /** Sets the imported prices, which replace those of the files and of OpenRouter's list. */
  price(prices: PriceOverrides): void {
    const before = this.#current;
    this.#prices = prices;
    this.#rebuild();
    const changes = changesBetween(before, this.#current);
    if (changes) this.log.info({ models: changes.changed }, 'imported prices apply');
  }

  #rebuild(): void {
    this.#current = withPrices(this.#listed ? withListedModels(this.#files, this.#listed) : this.#files, this.#prices);
  }

  #readSoon(): void {
    clearTimeout(this.#settling);
    if (this.#closed) return;
    this.#settling = setTimeout(() => this.#read(false), SETTLE_MS);
    this.#settling.unref();
  }

  /** @param requested an operator asked for it, and gets a log line in any case */
  #read(requested: boolean): void {
    let files: Catalog;
    try {
      files = loadCatalog(this.own, reportedUsage);
    } catch (error) {
      return this.#refuse(error, requested);
    }
    const changes = changesBetween(this.#files, files);
    const repaired = this.#problem !== null;
    this.#problem = null;
    if (changes) {
      this.#files = files;
      this.#rebuild();
      this.log.info(changes, 'the catalog was reloaded');
    } else if (requested || repaired) this.log.info('the catalog is unchanged');
  }

  /** Logs a problem once, however often the file is written. */
  #refuse(error: unknown, requested: boolean): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.#problem && !requested) return;
    this.#problem = problem;
    const more = error instanceof CatalogError ? {} : { err: error };
    this.log.error(more, `the catalog was not reloaded, the previous one stays in use: ${problem}`);
  }
}

/**
 * Watches the folders through their parents, so that a folder that is replaced, or missing for a while, is watched
 * again.
 */
function watchFolders(folders: readonly string[]): FSWatcher {
  const paths = folders.map((folder) => resolve(folder));
  const parents = new Set(paths.map((path) => dirname(path)));
  const ignored = (path: string): boolean =>
    !parents.has(path) && !paths.some((folder) => path === folder || dirname(path) === folder);
  return watch([...parents], { ignored, depth: 1, ignoreInitial: true, persistent: false });
}
