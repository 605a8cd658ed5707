import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../exchange/answer.js';
import type { Call } from '../exchange/call.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Job } from '../jobs/job.js';
import { PictureJobs } from '../jobs/picture-job.js';
import type { Stage } from '../stage.js';

const bodySchema = z.record(z.string(), z.unknown());

/** Credits (cents) of a megapixel made by any model here. */
const CREDITS_PER_MEGAPIXEL = 3;

/** Black Forest Labs' tasks: the cost is told when they are submitted. */
export class BflTasks {
  readonly #jobs: PictureJobs;

  constructor(stage: Stage) {
    this.#jobs = new PictureJobs(stage);
  }

  async submit(call: Call, model: string): Promise<Performance> {
    const parsed = bodySchema.safeParse(call.body);
    if (!parsed.success) {
      call.note({ operation: 'submit', model });
      return plainly(call.refuse.invalid('Input should be a valid dictionary', null));
    }
    const id = randomUUID();
    return this.#jobs.accept(call, { id, model, input: parsed.data }, (job) => {
      const megapixels = Math.max(1, Math.round(this.#jobs.megapixelsOf(job)));
      return json(200, {
        id,
        polling_url: `${call.origin}/bfl/get_result?id=${id}`,
        cost: CREDITS_PER_MEGAPIXEL * megapixels,
        input_mp: 0,
        output_mp: megapixels,
      });
    });
  }

  ask(call: Call, id: string): Promise<Performance> {
    const unknown = (): Answer => json(200, { id, status: 'Task not found', result: null });
    return this.#jobs.about(call, id, 'poll', (job) => this.#shown(call, job), unknown);
  }

  #shown(call: Call, job: Job): Answer {
    const { id, order, verdict } = job;
    const [sample] = this.#jobs.filesOf(call, job);
    const ready = job.done && verdict === 'delivers' && job.problem === null;
    const result = ready ? { sample, prompt: order.prompt, seed: 42, duration: 0.1 } : null;
    return json(200, { id, status: statusOf(job), result, progress: job.progress / 100, details: null, preview: null });
  }
}

function statusOf(job: Job): string {
  if (!job.done) return 'Pending';
  if (job.verdict === 'moderated') return 'Request Moderated';
  return job.verdict === 'fails' || job.problem !== null ? 'Error' : 'Ready';
}
