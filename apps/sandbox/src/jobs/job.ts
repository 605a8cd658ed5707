import type { ProviderSlug } from '@lumenfall/contracts';
import type { Behaviour } from '../directives/behaviour.js';

/** How a job will end, decided by its prompt when it is submitted. */
export type Verdict = 'delivers' | 'empty' | 'moderated' | 'fails';

export interface JobOrder {
  provider: ProviderSlug;
  model: string;
  /** With its directives: polls and files obey them too. */
  prompt: string;
  /** Makes the file; asked again whenever it is wanted, since studios keep what they made lately. */
  make(): Promise<JobFile>;
  /** Start making at once: films take a while. */
  eager: boolean;
}

export interface JobFile {
  bytes: Uint8Array;
  contentType: string;
}

/** Without a latency a job is done at this poll. */
const POLLS_UNTIL_DONE = 2;

/** Work that a provider accepted and is asked about until it is done. */
export class Job {
  readonly createdAt = Date.now();
  readonly verdict: Verdict;
  readonly #doneAt: number;
  #polls = 0;
  #made = false;
  #problem: string | null = null;
  #cancelled = false;

  constructor(
    readonly id: string,
    readonly order: JobOrder,
    behaviour: Behaviour,
  ) {
    this.verdict = behaviour.fail
      ? 'fails'
      : behaviour.moderation
        ? 'moderated'
        : behaviour.empty
          ? 'empty'
          : 'delivers';
    // A latency put on the submit itself has been waited for by then.
    this.#doneAt = behaviour.latencyAt === null ? this.createdAt + behaviour.latencyMs : this.createdAt;
    if (this.verdict === 'delivers' && order.eager) this.#makeAhead();
    else this.#made = true;
  }

  /** Takes note of a poll: a job without latency goes on by being asked about. */
  poll(): void {
    this.#polls += 1;
  }

  cancel(): void {
    this.#cancelled = true;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  get done(): boolean {
    if (this.#cancelled) return true;
    const waited = this.#doneAt > this.createdAt ? Date.now() >= this.#doneAt : this.#polls >= POLLS_UNTIL_DONE;
    return waited && (this.#made || this.#problem !== null);
  }

  /** Why the file could not be made: a fault of the sandbox, told to the client as the job's failure. */
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
    this.order.make().then(
      () => {
        this.#made = true;
      },
      (error: unknown) => {
        this.#problem = error instanceof Error ? error.message : String(error);
      },
    );
  }
}
