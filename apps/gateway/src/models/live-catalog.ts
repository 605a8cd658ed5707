import {
  catalogFolders,
  CatalogError,
  changesBetween,
  loadCatalog,
  withListedModels,
  type Catalog,
  type ListedModel,
} from '@lumenfall/catalog';
import type { Logger } from '@lumenfall/service-kit';
import { FolderWatch } from './folder-watch.js';

/** For whoever only asks. Ask for every request anew: what was current is not for long. */
export type CatalogSource = Pick<LiveCatalog, 'current'>;

/** The catalog as it is at this moment: read again when its files change, with OpenRouter's list beneath it. */
export class LiveCatalog {
  #files: Catalog;
  #listed: readonly ListedModel[] | null = null;
  #current: Catalog;
  /** What is wrong with the files, as it was last told; null while they are in order. */
  #problem: string | null = null;
  readonly #watch: FolderWatch;

  /** @param own the operator's folder. Throws a `CatalogError`, one line, for files that are not right. */
  constructor(
    private readonly own: string | null,
    private readonly log: Logger,
  ) {
    this.#files = this.#current = loadCatalog(own);
    this.#watch = new FolderWatch(catalogFolders(own), () => this.#read(false));
    this.#watch.start();
  }

  current(): Catalog {
    return this.#current;
  }

  stop(): void {
    this.#watch.stop();
  }

  /** Reads the files now, because somebody asked for it. Where they are not right, what was read before stays in use. */
  reload(): void {
    this.#read(true);
  }

  /** OpenRouter's text models, from now on. */
  list(models: readonly ListedModel[]): void {
    this.#listed = models;
    this.#current = withListedModels(this.#files, models);
  }

  #read(asked: boolean): void {
    let files: Catalog;
    try {
      files = loadCatalog(this.own);
    } catch (error) {
      return this.#refuse(error, asked);
    }
    const changes = changesBetween(this.#files, files);
    const mended = this.#problem !== null;
    this.#problem = null;
    if (changes) {
      this.#files = files;
      this.#current = this.#listed ? withListedModels(files, this.#listed) : files;
      this.log.info(changes, 'the catalog was reloaded');
    } else if (asked || mended) this.log.info('the catalog is as it was: nothing has changed');
  }

  /** Once for every mistake, however often its file is written. */
  #refuse(error: unknown, asked: boolean): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem === this.#problem && !asked) return;
    this.#problem = problem;
    const more = error instanceof CatalogError ? {} : { err: error };
    this.log.error(more, `the catalog was not reloaded, the one before stays in use: ${problem}`);
  }
}
