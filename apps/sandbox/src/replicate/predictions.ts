import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { pause } from '../exchange/pause.js';
import { plainly, type Performance } from '../exchange/perform.js';
import { jobFileUrl } from '../files/file-url.js';
import type { Job } from '../jobs/job.js';
import { askedPicture, type AskedPicture } from '../pictures/asked-picture.js';
import type { Stage } from '../stage.js';

const bodySchema = z.looseObject({
  version: z.string().min(1).optional(),
  input: z.record(z.string(), z.unknown()),
});

/** How often a submit that waits looks whether it is done. */
const LOOK_EVERY_MS = 20;
const LONGEST_WAIT_S = 60;

/** Replicate's predictions: create one and wait a while, ask for it, cancel it. */
export class ReplicatePredictions {
  readonly #asked = new WeakMap<Job, AskedPicture>();

  constructor(private readonly stage: Stage) {}

  /** @param name `owner/name`; null where the body names a version */
  async create(call: Call, name: string | null): Promise<Performance> {
    const parsed = bodySchema.safeParse(call.body);
    const model = name ?? (parsed.success ? (parsed.data.version ?? '') : '');
    if (!parsed.success) {
      call.note({ operation: 'submit', model });
      const { message, field } = firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field));
    }
    const { input } = parsed.data;
    // Upscalers have none.
    const prompt = typeof input['prompt'] === 'string' ? input['prompt'] : '';
    call.note({ operation: 'submit', prompt, model });
    const behaviour = behaviourOf(call, this.stage, prompt);
    // Without `at=submit` a latency is the prediction's, not the submit's.
    const atOnce = behaviour.latencyAt === null ? { ...behaviour, latencyMs: 0 } : behaviour;
    const refusal = await obey(call, atOnce);
    if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
    if (model === '') return plainly(call.refuse.invalid('version is required', 'version'));
    const asked = await askedPicture(model, input);
    if ('field' in asked) return plainly(call.refuse.invalid(asked.message, asked.field));
    const make = async () => ({ bytes: await asked.draw(this.stage.pictures), contentType: `image/${asked.format}` });
    const id = randomBytes(13).toString('hex');
    const job = this.stage.jobs.open(id, { provider: call.provider, model, prompt, make, eager: false }, behaviour);
    this.#asked.set(job, asked);
    await this.#wait(call, job);
    return { answer: this.#shown(call, job, 201), cut: behaviour.cut };
  }

  async ask(call: Call, id: string): Promise<Performance> {
    const job = this.stage.jobs.find(id);
    call.note({
      operation: 'poll',
      ...(job === undefined ? {} : { prompt: job.order.prompt, model: job.order.model }),
    });
    if (job === undefined || !this.#asked.has(job)) return plainly(call.refuse.notFound('The requested resource'));
    const behaviour = behaviourOf(call, this.stage, job.order.prompt, 'poll');
    const refusal = await obey(call, behaviour);
    job.poll();
    return { answer: refusal ?? this.#shown(call, job, 200), cut: behaviour.cut };
  }

  cancel(call: Call, id: string): Performance {
    const job = this.stage.jobs.find(id);
    call.note({
      operation: 'cancel',
      ...(job === undefined ? {} : { prompt: job.order.prompt, model: job.order.model }),
    });
    if (job === undefined || !this.#asked.has(job)) return plainly(call.refuse.notFound('The requested resource'));
    if (!job.done) job.cancel();
    return plainly(this.#shown(call, job, 200));
  }

  /** `Prefer: wait=5` holds the answer back until the prediction is done, so many seconds at most. */
  async #wait(call: Call, job: Job): Promise<void> {
    const wish = /^wait(?:=(\d+))?$/.exec(String(call.request.headers['prefer'] ?? ''));
    if (wish === null) return;
    const until = performance.now() + Math.min(LONGEST_WAIT_S, Number(wish[1] ?? LONGEST_WAIT_S)) * 1_000;
    for (job.poll(); !job.done && performance.now() < until && !call.signal.aborted; job.poll()) {
      await pause(LOOK_EVERY_MS, call.signal);
    }
  }

  #shown(call: Call, job: Job, status: number): Answer {
    const { id } = job;
    const base = `${call.origin}/replicate/predictions/${id}`;
    const asked = this.#asked.get(job);
    const count = asked?.count ?? 1;
    const files = Array.from({ length: count }, () => jobFileUrl(call, id, asked?.format ?? 'png'));
    const failure = failureOf(job);
    const delivers = job.done && !job.cancelled && failure === null;
    const output = !delivers || job.verdict === 'empty' ? null : count === 1 ? files[0] : files;
    return json(status, {
      id,
      model: job.order.model,
      version: 'hidden',
      input: { prompt: job.order.prompt },
      logs: '',
      output,
      data_removed: false,
      error: job.done ? failure : null,
      source: 'api',
      status: statusOf(job, failure),
      created_at: new Date(job.createdAt).toISOString(),
      ...(delivers ? { metrics: { predict_time: 0.1, total_time: 0.2 } } : {}),
      urls: { get: base, cancel: `${base}/cancel`, web: `${base}/web` },
    });
  }
}

function statusOf(job: Job, failure: string | null): string {
  if (job.cancelled) return 'canceled';
  if (!job.done) return job.progress === 0 ? 'starting' : 'processing';
  return failure === null ? 'succeeded' : 'failed';
}

function failureOf(job: Job): string | null {
  if (job.verdict === 'moderated') {
    return 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)';
  }
  if (job.verdict === 'fails') return 'Prediction failed: the sandbox was asked to fail. (E9243)';
  return job.problem;
}
