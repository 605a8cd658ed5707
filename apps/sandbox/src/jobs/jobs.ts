import { randomUUID } from 'node:crypto';
import type { ProviderSlug } from '@lumenfall/contracts';
import { LRUCache } from 'lru-cache';
import type { Behaviour } from '../directives/behaviour.js';
import { Job, type JobOrder } from './job.js';

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
