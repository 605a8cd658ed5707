import { randomUUID } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { LRUCache } from 'lru-cache';
import type { Behaviour } from '../directives/behaviour.js';
import type { Media } from '../rendering/media.js';

/** How a job ends, decided by its prompt when it is submitted. */
export type Verdict = 'delivers' | 'empty' | 'moderated' | 'fails';

export interface JobOrder {
  provider: ProviderSlug;
  model: string;
  /** With its directives: polls and files apply them too. */
  prompt: string;
  /** As it was sent. */
  input: Readonly<Record<string, unknown>>;
  media: Media;
}

/** Without a latency a job is done at this poll. */
const POLLS_UNTIL_DONE = 2;

/** Work that a provider has accepted; clients poll it until it is done. */
export class Job {
  readonly createdAt = Date.now();
  readonly verdict: Verdict;
  readonly #doneAt: number;
  #polls = 0;
  #isMade = false;
  #problem: string | null = null;
  #isCancelled = false;

  constructor(
    readonly id: string,
    readonly order: JobOrder,
    { fail, moderation, empty, latencyAt, latencyMs }: Behaviour,
  ) {
    this.verdict = fail ? 'fails' : moderation ? 'moderated' : empty ? 'empty' : 'delivers';
    // A latency of the submit itself has passed by now.
    this.#doneAt = latencyAt === null ? this.createdAt + latencyMs : this.createdAt;
    // Videos take a while: rendering starts at once.
    if (this.verdict === 'delivers' && order.media.extension === 'mp4') this.#makeAhead();
    else this.#isMade = true;
  }

  /** Counts a poll: a job without a latency advances with each. */
  poll(): void {
    this.#polls += 1;
  }

  /** Has no effect once the job is done. */
  cancel(): void {
    if (!this.done) this.#isCancelled = true;
  }

  get cancelled(): boolean {
    return this.#isCancelled;
  }

  get done(): boolean {
    if (this.#isCancelled) return true;
    const waited = this.#doneAt > this.createdAt ? Date.now() >= this.#doneAt : this.#polls >= POLLS_UNTIL_DONE;
    return waited && (this.#isMade || this.#problem !== null);
  }

  /** Done, with a result, which is empty if its prompt says so. */
  get succeeded(): boolean {
    const delivers = this.verdict === 'delivers' || this.verdict === 'empty';
    return this.done && !this.#isCancelled && delivers && this.#problem === null;
  }

  /** Done, with files to fetch. */
  get delivered(): boolean {
    return this.succeeded && this.verdict === 'delivers';
  }

  /** Why the file could not be rendered: a bug of the sandbox, reported to the client as the job's failure. */
  get problem(): string | null {
    return this.#problem;
  }

  /** 0 to 100. */
  get progress(): number {
    if (this.done) return 100;
    const span = this.#doneAt - this.createdAt;
    const share = span > 0 ? (Date.now() - this.createdAt) / span : this.#polls / POLLS_UNTIL_DONE;
    return Math.min(99, Math.round(share * 100));
  }

  #makeAhead(): void {
    this.order.media.make().then(
      () => {
        this.#isMade = true;
      },
      (error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error);
      },
    );
  }
}

const KEPT = 10_000;

/** The jobs of all providers, by the id that the provider's own protocol gave them. */
export class Jobs {
  readonly #jobs = new LRUCache<string, Job>({ max: KEPT });
  /** Files of answers that did not need a job. */
  readonly #files = new LRUCache<string, JobOrder>({ max: KEPT });

  open(id: string, order: JobOrder, behaviour: Behaviour): Job {
    const job = new Job(id, order, behaviour);
    this.#jobs.set(id, job);
    return job;
  }

  find(provider: ProviderSlug, id: string): Job | undefined {
    const job = this.#jobs.get(id);
    return job?.order.provider === provider ? job : undefined;
  }

  /** All jobs of one provider, newest first. */
  of(provider: ProviderSlug): Job[] {
    return [...this.#jobs.values()]
      .filter(({ order }) => order.provider === provider)
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  remove(id: string): void {
    this.#jobs.delete(id);
  }

  /** Keeps a file that does not belong to a job. @returns its id */
  keepFile(order: JobOrder): string {
    const id = randomUUID();
    this.#files.set(id, order);
    return id;
  }

  /** What the file with this id was ordered by. */
  findFile(id: string): JobOrder | undefined {
    return this.#jobs.get(id)?.order ?? this.#files.get(id);
  }
}
