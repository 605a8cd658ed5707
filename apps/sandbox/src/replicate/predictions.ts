import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../exchange/answer.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { pause } from '../exchange/pause.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Job } from '../jobs/job.js';
import { PictureJobs } from '../jobs/picture-job.js';
import type { Stage } from '../stage.js';

const bodySchema = z.looseObject({
  version: z.string().min(1).optional(),
  input: z.record(z.string(), z.unknown()),
});

/** So many are on a page of the list. */
const PAGE = 100;
/** How often a submit that waits looks whether it is done. */
const LOOK_EVERY_MS = 20;
const LONGEST_WAIT_S = 60;

/** Replicate's predictions: create one and wait a while, ask for it, cancel it. */
export class ReplicatePredictions {
  readonly #jobs: PictureJobs;

  readonly #inputs = new WeakMap<Job, Record<string, unknown>>();

  constructor(private readonly stage: Stage) {
    this.#jobs = new PictureJobs(stage);
  }

  /** @param name `owner/name`; null where the body names a version */
  async create(call: Call, name: string | null): Promise<Performance> {
    const parsed = bodySchema.safeParse(call.body);
    const model = name ?? (parsed.success ? (parsed.data.version ?? '') : '');
    if (!parsed.success || model === '') {
      call.note({ operation: 'submit', model });
      const { message, field } = parsed.success
        ? { message: 'version is required', field: 'version' }
        : firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field));
    }
    const work = { id: randomBytes(13).toString('hex'), model, input: parsed.data.input };
    return this.#jobs.accept(call, work, async (job) => {
      this.#inputs.set(job, withoutFiles(parsed.data.input));
      await this.#wait(call, job);
      return this.#shown(call, job, 201);
    });
  }

  ask(call: Call, id: string): Promise<Performance> {
    return this.#jobs.about(call, id, 'poll', (job) => this.#shown(call, job, 200));
  }

  list(call: Call): Performance {
    call.note({ operation: 'list' });
    const all = this.stage.jobs.of(call.provider).slice(0, PAGE);
    return plainly(json(200, { results: all.map((job) => this.#describe(call, job)), previous: null, next: null }));
  }

  cancel(call: Call, id: string): Promise<Performance> {
    return this.#jobs.about(call, id, 'cancel', (job) => this.#shown(call, job, 200));
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
    return json(status, this.#describe(call, job));
  }

  #describe(call: Call, job: Job): object {
    const { id } = job;
    const base = `${call.origin}/replicate/predictions/${id}`;
    const files = this.#jobs.filesOf(call, job);
    const failure = failureOf(job);
    const delivers = job.done && !job.cancelled && failure === null;
    const output = !delivers || job.verdict === 'empty' ? null : files.length === 1 ? files[0] : files;
    return {
      id,
      model: job.order.model,
      version: 'hidden',
      input: this.#inputs.get(job) ?? {},
      logs: '',
      output,
      data_removed: false,
      error: job.done ? failure : null,
      source: 'api',
      status: statusOf(job, failure),
      created_at: new Date(job.createdAt).toISOString(),
      ...(delivers ? { metrics: { predict_time: 0.1, total_time: 0.2 } } : {}),
      urls: { get: base, cancel: `${base}/cancel`, web: `${base}/web` },
    };
  }
}

/** What was sent, with an address in the place of each file. */
function withoutFiles(input: Record<string, unknown>): Record<string, unknown> {
  const shown = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shown);
    return typeof value === 'string' && value.startsWith('data:') ? 'https://replicate.delivery/input' : value;
  };
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, shown(value)]));
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
