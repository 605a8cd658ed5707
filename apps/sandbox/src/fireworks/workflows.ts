import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../exchange/answer.js';
import type { Call } from '../exchange/call.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Job } from '../jobs/job.js';
import { PictureJobs } from '../jobs/picture-job.js';
import { drawAtOnce } from '../pictures/draw-at-once.js';
import type { Stage } from '../stage.js';

const bodySchema = z.record(z.string(), z.unknown());
const questionSchema = z.looseObject({ id: z.string() });

/** Fireworks' workflows: most answer with the picture, the kontext ones with the name of a job. */
export class FireworksWorkflows {
  readonly #jobs: PictureJobs;

  constructor(private readonly stage: Stage) {
    this.#jobs = new PictureJobs(stage);
  }

  async atOnce(call: Call, model: string): Promise<Performance> {
    const input = inputOf(call);
    return drawAtOnce(call, this.stage, { model, prompt: textOf(input['prompt']), input }, async (made) => {
      const answer = { id: `img-${randomBytes(6).toString('hex')}`, seed: 42 };
      if (made === 'moderated') return json(200, { ...answer, base64: [], finishReason: 'CONTENT_FILTERED' });
      return json(200, { ...answer, base64: made.map((bytes) => bytes.toString('base64')), finishReason: 'SUCCESS' });
    });
  }

  async submit(call: Call, model: string): Promise<Performance> {
    const id = randomBytes(8).toString('hex');
    return this.#jobs.accept(call, { id, model, input: inputOf(call) }, () => json(200, { request_id: id }));
  }

  async ask(call: Call): Promise<Performance> {
    const parsed = questionSchema.safeParse(call.body);
    if (!parsed.success) return plainly(call.refuse.invalid('id is required', 'id'));
    const { id } = parsed.data;
    const unknown = (): Answer => json(200, { id, status: 'Task not found', result: null });
    return this.#jobs.about(call, id, 'poll', (job) => this.#shown(call, job), unknown);
  }

  #shown(call: Call, job: Job): Answer {
    const [sample] = this.#jobs.filesOf(call, job);
    const ready = job.done && job.verdict === 'delivers' && job.problem === null;
    return json(200, { id: job.id, status: statusOf(job), result: ready ? { sample, seed: 42 } : null });
  }
}

function statusOf(job: Job): string {
  if (!job.done) return 'Pending';
  if (job.verdict === 'moderated') return 'Request Moderated';
  return job.verdict === 'fails' || job.problem !== null ? 'Error' : 'Ready';
}

function inputOf(call: Call): Record<string, unknown> {
  const parsed = bodySchema.safeParse(call.body);
  return parsed.success ? parsed.data : {};
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
