import type { Behaviour } from '../directives/behaviour.js';
import type { Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import { jobFileUrl } from '../files/file-url.js';
import type { Operation } from '../journal/journal.js';
import { askedPicture, type AskedPicture } from '../pictures/asked-picture.js';
import type { Stage } from '../stage.js';
import type { Job } from './job.js';

/** The jobs of one provider that make pictures: how they are accepted and asked after, whatever the protocol shows of them. */
export class PictureJobs {
  readonly #asked = new WeakMap<Job, AskedPicture>();

  constructor(private readonly stage: Stage) {}

  /** Accepts a job, or refuses it as its prompt directs or its input deserves. */
  async accept(
    call: Call,
    work: { id: string; model: string; input: Record<string, unknown> },
    show: (job: Job) => Answer | Promise<Answer>,
  ): Promise<Performance> {
    const { id, model, input } = work;
    // Upscalers have none.
    const prompt = typeof input['prompt'] === 'string' ? input['prompt'] : '';
    call.note({ operation: 'submit', prompt, model });
    const behaviour = behaviourOf(call, this.stage, prompt);
    const refusal = await obey(call, submitted(behaviour));
    if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
    const asked = await askedPicture(model, input);
    if ('field' in asked) return plainly(call.refuse.invalid(asked.message, asked.field));
    const make = async () => ({ bytes: await asked.draw(this.stage.pictures), contentType: `image/${asked.format}` });
    const job = this.stage.jobs.open(id, { provider: call.provider, model, prompt, make, eager: false }, behaviour);
    this.#asked.set(job, asked);
    return { answer: await show(job), cut: behaviour.cut };
  }

  /** Finds a job for a question about it; a poll moves it on. */
  async about(
    call: Call,
    id: string,
    operation: Extract<Operation, 'poll' | 'cancel'>,
    show: (job: Job) => Answer,
    unknown: () => Answer = () => call.refuse.notFound('The requested resource'),
  ): Promise<Performance> {
    const job = this.stage.jobs.find(id);
    call.note({ operation, ...(job === undefined ? {} : { prompt: job.order.prompt, model: job.order.model }) });
    if (job === undefined || !this.#asked.has(job)) return plainly(unknown());
    if (operation === 'cancel') {
      if (!job.done) job.cancel();
      return plainly(show(job));
    }
    const behaviour = behaviourOf(call, this.stage, job.order.prompt, 'poll');
    const refusal = await obey(call, behaviour);
    job.poll();
    return { answer: refusal ?? show(job), cut: behaviour.cut };
  }

  /** Addresses of what a job made, as many as were asked for. */
  filesOf(call: Call, job: Job): string[] {
    const asked = this.#asked.get(job);
    return Array.from({ length: asked?.count ?? 1 }, () => jobFileUrl(call, job.id, asked?.format ?? 'png'));
  }

  /** Of what will be delivered, all pictures together. */
  megapixelsOf(job: Job): number {
    const { size, count } = this.#asked.get(job) ?? { size: { width: 0, height: 0 }, count: 0 };
    return (count * size.width * size.height) / 1_000_000;
  }
}

/** Without `at=submit` a latency is the job's, not the submit's. */
const submitted = (behaviour: Behaviour): Behaviour =>
  behaviour.latencyAt === null ? { ...behaviour, latencyMs: 0 } : behaviour;
