import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Job } from '../jobs/jobs.js';
import { acceptJob, askJob, fileUrls } from '../jobs/job-calls.js';
import { askedImage, promptIn } from '../rendering/asked-image.js';

const bodySchema = z.record(z.string(), z.unknown(), 'Input should be a valid dictionary');

/** Credits (cents) for a megapixel of any model here. */
const CREDITS_PER_MEGAPIXEL = 3;

/** `POST {model}`; the answer has the cost. */
export async function submitTask(call: Call, { model = '' }: Readonly<Record<string, string>>): Promise<Answer> {
  const read = call.parse(bodySchema, { operation: 'submit', model });
  if (!read.ok) return read.answer;
  const input = read.body;
  const id = randomUUID();
  return acceptJob(
    call,
    { id, model, prompt: promptIn(input), makes: 'image', input },
    () => askedImage(call.context.images, model, input),
    ({ order: { media } }) => {
      const megapixels = Math.max(1, Math.round((media.count * media.width * media.height) / 1_000_000));
      return json(200, {
        id,
        polling_url: `${call.origin}/bfl/get_result?id=${id}`,
        cost: CREDITS_PER_MEGAPIXEL * megapixels,
        input_mp: 0,
        output_mp: megapixels,
      });
    },
  );
}

/** `GET get_result?id=…` */
export function taskResult(call: Call): Promise<Answer> {
  const id = new URL(call.request.url, call.origin).searchParams.get('id') ?? '';
  return askTask(call, id, (job, sample) => ({
    result: sample === undefined ? null : { sample, prompt: job.order.prompt, seed: 42, duration: 0.1 },
    progress: job.progress / 100,
    details: null,
    preview: null,
  }));
}

/**
 * Answers for a task in the form that Fireworks shares.
 *
 * @param show what follows `id` and `status`; the sample is absent until there is one
 */
export const askTask = (
  call: Call,
  id: string,
  show: (job: Job, sample: string | undefined) => object,
): Promise<Answer> =>
  askJob(
    call,
    id,
    'poll',
    (job) => json(200, { id, status: statusOf(job), ...show(job, job.delivered ? fileUrls(call, job)[0] : undefined) }),
    () => json(200, { id, status: 'Task not found', result: null }),
  );

function statusOf(job: Job): string {
  if (!job.done) return 'Pending';
  if (job.verdict === 'moderated') return 'Request Moderated';
  return job.succeeded ? 'Ready' : 'Error';
}
