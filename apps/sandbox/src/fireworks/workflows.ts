import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { askTask } from '../bfl/tasks.js';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { acceptJob } from '../jobs/job-calls.js';
import { askedImage, promptIn } from '../rendering/asked-image.js';
import { renderAtOnce } from '../rendering/render-at-once.js';

const bodySchema = z.record(z.string(), z.unknown()).catch({});
const questionSchema = z.looseObject({ id: z.string('id is required') });
type Params = Readonly<Record<string, string>>;

/** `POST workflows/{model}/text_to_image`: most models answer with the image. */
export async function runWorkflow(call: Call, { model = '' }: Params): Promise<Answer> {
  const input = bodySchema.parse(call.request.body);
  return renderAtOnce(call, model, input, (images) => {
    const moderated = images === 'moderated';
    const base64 = moderated ? [] : images.map((bytes) => bytes.toString('base64'));
    const finishReason = moderated ? 'CONTENT_FILTERED' : 'SUCCESS';
    return json(200, { id: `img-${randomBytes(6).toString('hex')}`, seed: 42, base64, finishReason });
  });
}

/** `POST workflows/{model}`: the kontext models answer with the id of a job. */
export async function submitWorkflow(call: Call, { model = '' }: Params): Promise<Answer> {
  const input = bodySchema.parse(call.request.body);
  const id = randomBytes(8).toString('hex');
  return acceptJob(
    call,
    { id, model, prompt: promptIn(input), makes: 'image', input },
    () => askedImage(call.context.images, model, input),
    () => json(200, { request_id: id }),
  );
}

/** `POST workflows/{model}/get_result`. */
export async function workflowResult(call: Call): Promise<Answer> {
  const read = call.parse(questionSchema, { operation: 'poll' });
  if (!read.ok) return read.answer;
  return askTask(call, read.body.id, (_job, sample) => ({
    result: sample === undefined ? null : { sample, seed: 42 },
  }));
}
