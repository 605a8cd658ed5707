import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Job } from '../jobs/jobs.js';
import { acceptJob, askJob, fileUrls } from '../jobs/job-calls.js';
import { askedImage, promptIn } from '../rendering/asked-image.js';

const bodySchema = z.looseObject({
  version: z.string().min(1).optional(),
  input: z.record(z.string(), z.unknown()),
});
type Params = Readonly<Record<string, string>>;

/** Entries on a page of the list. */
const PAGE = 100;
/** How often a submit that waits checks whether its prediction is done. */
const CHECK_EVERY_MS = 20;
const LONGEST_WAIT_S = 60;

/** `POST models/{owner}/{name}/predictions`, or `POST predictions` with the version of a community's model. */
export async function createPrediction(call: Call, { name }: Params): Promise<Answer> {
  const read = call.parse(bodySchema, { operation: 'submit', model: name ?? '' });
  if (!read.ok) return read.answer;
  const { input, version } = read.body;
  const model = name ?? version;
  if (model === undefined) {
    call.note({ operation: 'submit', model: '' });
    return call.refuse.invalid('version is required', 'version');
  }
  return acceptJob(
    call,
    { id: randomBytes(13).toString('hex'), model, prompt: promptIn(input), makes: 'image', input: withoutFiles(input) },
    () => askedImage(call.context.images, model, input),
    async (job) => {
      await waitFor(call, job);
      return json(201, describe(call, job));
    },
  );
}

/** `Prefer: wait=5` delays the answer until the prediction is done, by at most so many seconds. */
async function waitFor(call: Call, job: Job): Promise<void> {
  const preference = /^wait(?:=(\d+))?$/.exec(String(call.request.headers['prefer'] ?? ''));
  if (preference === null) return;
  const until = performance.now() + Math.min(LONGEST_WAIT_S, Number(preference[1] ?? LONGEST_WAIT_S)) * 1_000;
  for (job.poll(); !job.done && performance.now() < until && !call.signal.aborted; job.poll()) {
    await call.pause(CHECK_EVERY_MS);
  }
}

/** `GET predictions/{id}`. */
export const getPrediction = (call: Call, { id = '' }: Params): Promise<Answer> =>
  askJob(call, id, 'poll', (job) => json(200, describe(call, job)));

/** `POST predictions/{id}/cancel`. */
export function cancelPrediction(call: Call, { id = '' }: Params): Promise<Answer> {
  return askJob(call, id, 'cancel', (job) => {
    job.cancel();
    return json(200, describe(call, job));
  });
}

/** `GET predictions`: the newest first, on one page. */
export function listPredictions(call: Call): Answer {
  call.note({ operation: 'list' });
  const results = call.context.jobs.of(call.provider).slice(0, PAGE);
  return json(200, { results: results.map((job) => describe(call, job)), previous: null, next: null });
}

function describe(call: Call, job: Job): object {
  const { id, order } = job;
  const base = `${call.origin}/replicate/predictions/${id}`;
  const files = fileUrls(call, job);
  const output = !job.delivered ? null : files.length === 1 ? files[0] : files;
  return {
    id,
    model: order.model,
    version: 'hidden',
    input: order.input,
    logs: '',
    output,
    data_removed: false,
    error: job.done ? failureOf(job) : null,
    source: 'api',
    status: statusOf(job),
    created_at: new Date(job.createdAt).toISOString(),
    ...(job.succeeded ? { metrics: { predict_time: 0.1, total_time: 0.2 } } : {}),
    urls: { get: base, cancel: `${base}/cancel`, web: `${base}/web` },
  };
}

/** What was sent, with an address instead of each file. */
function withoutFiles(input: Record<string, unknown>): Record<string, unknown> {
  const shown = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shown);
    return typeof value === 'string' && value.startsWith('data:') ? 'https://replicate.delivery/input' : value;
  };
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, shown(value)]));
}

function statusOf(job: Job): string {
  if (job.cancelled) return 'canceled';
  if (!job.done) return job.progress === 0 ? 'starting' : 'processing';
  return job.succeeded ? 'succeeded' : 'failed';
}

function failureOf(job: Job): string | null {
  if (job.verdict === 'moderated') {
    return 'The input or output was flagged as sensitive. Please try again with different inputs. (E005)';
  }
  if (job.verdict === 'fails') return 'Prediction failed: the sandbox was asked to fail. (E9243)';
  return job.problem;
}
