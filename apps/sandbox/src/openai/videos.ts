import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Job } from '../jobs/jobs.js';
import { acceptJob, askJob } from '../jobs/job-calls.js';
import type { FieldProblem, Media, Size } from '../rendering/media.js';
import { askedVideo } from '../rendering/video-renderer.js';
import { readForm } from './form.js';

const videoBodySchema = z.looseObject({
  model: z.string().min(1).default('sora-2'),
  prompt: z.string().min(1).max(32_000),
  seconds: z.coerce.string().default('4'),
  size: z.string().default('720x1280'),
});
type VideoBody = z.infer<typeof videoBodySchema>;

const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const SORA_SECONDS = ['4', '8', '12'];
const LONGEST_SECONDS = 60;
const KEPT_SECONDS = 3_600;

/** `POST videos`, as JSON or as a form. */
export async function submitVideo(call: Call): Promise<Answer> {
  const form = await readForm(call.request);
  const read = call.parse(videoBodySchema, { operation: 'submit' }, form.fields);
  if (!read.ok) return read.answer;
  const { body } = read;
  const id = `video_${randomBytes(16).toString('hex')}`;
  const submitted = { id, model: body.model, prompt: body.prompt, makes: 'video' as const, input: body };
  return acceptJob(
    call,
    submitted,
    () => planVideo(call, body),
    (job) => json(200, videoObject(job)),
  );
}

/** Sora takes few values; servers that only use its protocol take any size, and any length up to a minute. */
function planVideo(call: Call, { model, prompt, seconds, size }: VideoBody): Media | FieldProblem {
  const isSora = call.provider === 'openai';
  if (isSora && !SORA_SECONDS.includes(seconds)) {
    return { field: 'seconds', message: `Invalid value: '${seconds}'. Supported values are: '4', '8', and '12'.` };
  }
  if (isSora && !SORA_SIZES.includes(size)) {
    return { field: 'size', message: `Invalid value: '${size}'. Supported values are: ${SORA_SIZES.join(', ')}.` };
  }
  const length = Number(seconds);
  if (!(length > 0 && length <= LONGEST_SECONDS)) return { field: 'seconds', message: 'Expected 1 to 60 seconds.' };
  const frame = frameOf(size);
  if (frame === null) return { field: 'size', message: 'Expected WIDTHxHEIGHT.' };
  const caption = `${model} · ${seconds} s · ${size}`;
  return askedVideo(call.context.videos, { prompt, caption, seconds: length, ...frame });
}

function frameOf(size: string): Size | null {
  const match = /^([1-9]\d{1,4})x([1-9]\d{1,4})$/.exec(size);
  return match === null ? null : { width: Number(match[1]), height: Number(match[2]) };
}

const unknownVideo = (call: Call, id: string) => () => call.refuse.notFound(`Video with id '${id}'`);

/** `GET videos/{id}`. */
export const pollVideo = (call: Call, { id = '' }: Readonly<Record<string, string>>): Promise<Answer> =>
  askJob(call, id, 'poll', (job) => json(200, videoObject(job)), unknownVideo(call, id));

/** `GET videos`, newest first, page by page. */
export function listVideos(call: Call): Answer {
  call.note({ operation: 'list' });
  const query = new URL(call.request.url, call.origin).searchParams;
  const limit = Math.min(100, Math.max(1, Number(query.get('limit')) || 20));
  const jobs = call.context.jobs.of(call.provider);
  const from = jobs.findIndex(({ id }) => id === query.get('after')) + 1;
  const page = jobs.slice(from, from + limit);
  return json(200, {
    object: 'list',
    data: page.map(videoObject),
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
    has_more: jobs.length > from + limit,
  });
}

/** `GET videos/{id}/content`. */
export function videoContent(call: Call, { id = '' }: Readonly<Record<string, string>>): Promise<Answer> {
  const show = async (job: Job): Promise<Answer> => {
    if (!job.succeeded) {
      return call.refuse.invalid(`Video is not ready yet, use GET /videos/${id} to check.`, null);
    }
    if (job.verdict === 'empty') return { kind: 'bytes', contentType: 'video/mp4', bytes: new Uint8Array(0) };
    return { kind: 'bytes', ...(await job.order.media.make()) };
  };
  return askJob(call, id, 'result', show, unknownVideo(call, id));
}

/** `DELETE videos/{id}`. */
export function deleteVideo(call: Call, { id = '' }: Readonly<Record<string, string>>): Promise<Answer> {
  const show = (): Answer => {
    call.context.jobs.remove(id);
    return json(200, { id, object: 'video.deleted', deleted: true });
  };
  return askJob(call, id, 'cancel', show, unknownVideo(call, id));
}

/** The `video` object of OpenAI's Videos protocol. */
function videoObject(job: Job): Record<string, unknown> {
  const { order } = job;
  const status = !job.done ? (job.progress === 0 ? 'queued' : 'in_progress') : job.succeeded ? 'completed' : 'failed';
  const completed = status === 'completed' ? Math.floor(Date.now() / 1_000) : null;
  return {
    id: job.id,
    object: 'video',
    model: order.model,
    status,
    progress: job.progress,
    created_at: Math.floor(job.createdAt / 1_000),
    completed_at: completed,
    expires_at: completed === null ? null : completed + KEPT_SECONDS,
    seconds: order.input['seconds'],
    size: order.input['size'],
    prompt: order.prompt,
    remixed_from_video_id: null,
    error: status === 'failed' ? errorOf(job) : null,
  };
}

function errorOf({ verdict, problem }: Job): { code: string; message: string } {
  if (verdict === 'moderated') {
    return { code: 'moderation_blocked', message: 'Your request was blocked by our moderation system.' };
  }
  if (verdict === 'fails') {
    return { code: 'video_generation_failed', message: 'The sandbox was asked to let this video fail.' };
  }
  return { code: 'server_error', message: problem ?? 'The video could not be made.' };
}
