import { randomBytes } from 'node:crypto';
import type { Moment } from '../directives/parse-directives.js';
import { json, type Answer } from '../exchange/answer.js';
import { behaviourOf } from '../exchange/behaviour-of.js';
import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { obey } from '../exchange/obey.js';
import { plainly, type Performance } from '../exchange/perform.js';
import type { SentForm } from '../exchange/read-form.js';
import type { JobFile } from '../jobs/job.js';
import type { Operation } from '../journal/journal.js';
import type { Stage } from '../stage.js';
import { problemOf, ratioOf, videoBodySchema, type VideoBody } from './body.js';
import { videoObject, type Film } from './video-object.js';

/** OpenAI's Videos protocol: submit, ask, fetch, delete. */
export class VideoDesk {
  /** What was asked for; goes with the job it belongs to. */
  readonly #bodies = new WeakMap<object, VideoBody>();

  constructor(private readonly stage: Stage) {}

  async submit(call: Call, form: SentForm): Promise<Performance> {
    const parsed = videoBodySchema.safeParse(form.fields);
    if (!parsed.success) {
      call.note({ operation: 'submit' });
      const { message, field } = firstProblem(parsed.error);
      return plainly(call.refuse.invalid(message, field));
    }
    const body = parsed.data;
    call.note({ operation: 'submit', prompt: body.prompt, model: body.model });
    const behaviour = behaviourOf(call, this.stage, body.prompt);
    // Without `at=submit` a latency is the job's, not the submit's.
    const atOnce = behaviour.latencyAt === null ? { ...behaviour, latencyMs: 0 } : behaviour;
    const refusal = await obey(call, atOnce);
    if (refusal !== null) return { answer: refusal, cut: behaviour.cut };
    const problem = problemOf(call.provider, body);
    if (problem !== null) return plainly(call.refuse.invalid(problem.message, problem.field));
    const job = this.stage.jobs.open(
      `video_${randomBytes(16).toString('hex')}`,
      { provider: call.provider, model: body.model, prompt: body.prompt, make: () => this.#film(body), eager: true },
      behaviour,
    );
    this.#bodies.set(job, body);
    return { answer: json(200, videoObject({ job, body })), cut: behaviour.cut };
  }

  poll(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'poll', 'poll', (film) => {
      film.job.poll();
      return json(200, videoObject(film));
    });
  }

  /** The newest first, page by page. */
  list(call: Call, { limit, after }: { limit: number; after: string | null }): Performance {
    call.note({ operation: 'list' });
    const films = this.stage.jobs.of(call.provider).flatMap((job) => {
      const body = this.#bodies.get(job);
      return body === undefined ? [] : [{ job, body }];
    });
    const from = after === null ? 0 : films.findIndex(({ job }) => job.id === after) + 1;
    const page = films.slice(from, from + limit);
    const [first, last] = [page[0]?.job.id ?? null, page.at(-1)?.job.id ?? null];
    const hasMore = films.length > from + limit;
    const data = page.map(videoObject);
    return plainly(json(200, { object: 'list', data, first_id: first, last_id: last, has_more: hasMore }));
  }

  content(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'result', 'result', async ({ job }) => {
      const video = videoObject({ job, body: { seconds: '', size: '' } });
      if (video.status !== 'completed')
        return call.refuse.invalid(`Video is not ready yet, use GET /videos/${id} to check.`, null);
      if (job.verdict === 'empty') return { kind: 'bytes', contentType: 'video/mp4', bytes: new Uint8Array(0) };
      return { kind: 'bytes', ...(await job.order.make()) };
    });
  }

  remove(call: Call, id: string): Promise<Performance> {
    return this.#about(call, id, 'cancel', null, ({ job }) => {
      this.stage.jobs.remove(job.id);
      return json(200, { id: job.id, object: 'video.deleted', deleted: true });
    });
  }

  /** Finds the video, notes the call, obeys what its prompt says about this moment. */
  async #about(
    call: Call,
    id: string,
    operation: Operation,
    moment: Moment | null,
    work: (film: Film) => Answer | Promise<Answer>,
  ): Promise<Performance> {
    const job = this.stage.jobs.find(id);
    const body = job === undefined ? undefined : this.#bodies.get(job);
    call.note({ operation, ...(job === undefined ? {} : { prompt: job.order.prompt, model: job.order.model }) });
    if (job === undefined || body === undefined) return plainly(call.refuse.notFound(`Video with id '${id}'`));
    if (moment === null) return plainly(await work({ job, body }));
    const behaviour = behaviourOf(call, this.stage, job.order.prompt, moment);
    return { answer: (await obey(call, behaviour)) ?? (await work({ job, body })), cut: behaviour.cut };
  }

  async #film(body: VideoBody): Promise<JobFile> {
    const bytes = await this.stage.movies.film({
      prompt: body.prompt,
      caption: `${body.model} · ${body.seconds} s · ${body.size}`,
      seconds: Number(body.seconds),
      ratio: ratioOf(body.size) ?? 1,
    });
    return { bytes, contentType: 'video/mp4' };
  }
}
