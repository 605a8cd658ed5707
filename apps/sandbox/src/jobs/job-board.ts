import type { ProviderSlug } from '@lumenfall/contracts';
import type { Behaviour } from '../directives/behaviour.js';
import { BoundedMap } from '../memory/bounded-map.js';
import { Job, type JobOrder } from './job.js';

const KEPT_JOBS = 10_000;

/** The jobs of every provider, by the id that the provider's own protocol gave them. */
export class JobBoard {
  readonly #jobs = new BoundedMap<string, Job>(KEPT_JOBS);

  open(id: string, order: JobOrder, behaviour: Behaviour): Job {
    const job = new Job(id, order, behaviour);
    this.#jobs.set(id, job);
    return job;
  }

  find(id: string): Job | undefined {
    return this.#jobs.get(id);
  }

  /** Of one provider, the newest first. */
  of(provider: ProviderSlug): Job[] {
    return [...this.#jobs.values()]
      .filter(({ order }) => order.provider === provider)
      .sort((one, other) => other.createdAt - one.createdAt);
  }

  remove(id: string): void {
    this.#jobs.delete(id);
  }
}
