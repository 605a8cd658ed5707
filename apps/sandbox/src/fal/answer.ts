import { randomUUID } from 'node:crypto';
import type { Moment } from '../directives/parse-directives.js';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { Job } from '../jobs/job.js';
import type { Operation } from '../journal/journal.js';
import type { Stage } from '../stage.js';
import { falInputSchema } from './body.js';
import { planOutput, type FalOutput } from './output.js';

/** fal's queue: submit to an app, ask for the status, fetch the result, cancel. */
export class FalQueue {
  readonly #outputs = new WeakMap<Job, FalOutput>();

  constructor(private readonly stage: Stage) {}

  /** @param app its whole path, `fal-ai/kling-video/v3/pro/text-to-video` */
  async submit(call: Call, app: string): Promise<Performance> {
    const parsed = falInputSchema.safeParse(call.body);
    if (!parsed.success) {
      call.note({ operation: 'submit', model: app });
      const { message, field } = firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field));
    }
    const input = parsed.data;
    // Upscalers have none.
    const prompt = typeof input['prompt'] === 'string' ? input['prompt'] : '';
    call.note({ operation: 'submit', prompt, model: app });
    const behaviour = behaviourOf(call, this.stage, prompt);
    // Without `at=submit` a latency is the job's, not the submit's.
    const atOnce = behaviour.latencyAt === null ? { ...behaviour, latencyMs: 0 } : behaviour;
    const refusal = await obey(call, atOnce);
    if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
    const output = await planOutput(this.stage, app, input);
    if ('field' in output) return plainly(call.refuse.invalid(output.message, output.field));
    const id = randomUUID();
    const order = {
      provider: call.provider,
      model: app,
      prompt,
      make: () => output.make(),
      eager: output.isVideo,
    };
    this.#outputs.set(this.stage.jobs.open(id, order, behaviour), output);
    const links = linksOf(call, app, id);
    return {
      answer: json(200, { request_id: id, gateway_request_id: id, ...links, queue_position: 0 }),
      cut: behaviour.cut,
    };
  }

  status(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'poll', 'poll', (job) => {
      job.poll();
      const about = { request_id: id, ...linksOf(call, job.order.model, id) };
      if (job.done) {
        const failure = job.cancelled ? { error: 'Request was cancelled.', error_type: 'client_cancelled' } : {};
        return json(200, { status: 'COMPLETED', ...about, logs: [], metrics: { inference_time: 0.1 }, ...failure });
      }
      if (job.progress === 0) return json(202, { status: 'IN_QUEUE', queue_position: 0, ...about });
      return json(202, { status: 'IN_PROGRESS', ...about, logs: [] });
    });
  }

  result(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'result', 'result', async (job, output) => {
      if (!job.done) return json(400, { detail: 'Request is still in progress' });
      if (job.cancelled) return call.refuse.failure(499, null);
      if (job.verdict === 'moderated') return call.refuse.moderated();
      if (job.verdict === 'fails' || job.problem !== null) return call.refuse.failure(500, null);
      if (job.verdict === 'empty')
        return json(200, output.isVideo ? {} : { images: [] }, { 'x-fal-billable-units': '0' });
      const units = { 'x-fal-billable-units': String(output.billableUnits) };
      return json(200, output.describe(call, id, await job.order.make()), units);
    });
  }

  cancel(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'cancel', null, (job) => {
      if (job.done) return json(400, { status: 'ALREADY_COMPLETED' });
      job.cancel();
      return json(202, { status: 'CANCELLATION_REQUESTED' });
    });
  }

  /** Finds the request, notes the call, obeys what its prompt says about this moment. */
  async #about(
    call: Call,
    id: string,
    operation: Operation,
    moment: Moment | null,
    work: (job: Job, output: FalOutput) => Answer | Promise<Answer>,
  ): Promise<Performance> {
    const job = this.stage.jobs.find(id);
    const output = job === undefined ? undefined : this.#outputs.get(job);
    call.note({ operation, ...(job === undefined ? {} : { prompt: job.order.prompt, model: job.order.model }) });
    if (job === undefined || output === undefined) {
      return plainly(operation === 'cancel' ? json(404, { status: 'NOT_FOUND' }) : call.refuse.notFound('Request'));
    }
    if (moment === null) return plainly(await work(job, output));
    const behaviour = behaviourOf(call, this.stage, job.order.prompt, moment);
    return { answer: (await obey(call, behaviour)) ?? (await work(job, output)), cut: behaviour.cut };
  }
}

/** Only owner and app belong into these, not the path behind them. */
function linksOf(call: Call, app: string, id: string): Record<'response_url' | 'status_url' | 'cancel_url', string> {
  const base = `${call.origin}/fal/${app.split('/').slice(0, 2).join('/')}/requests/${id}`;
  return { response_url: base, status_url: `${base}/status`, cancel_url: `${base}/cancel` };
}
