import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import { acceptJob, askJob, fileUrl } from '../jobs/job-calls.js';
import type { Job } from '../jobs/jobs.js';
import { askedImage, promptIn } from '../rendering/asked-image.js';
import { ratioOf } from '../rendering/asked-size.js';
import type { Media, FieldProblem, Size } from '../rendering/media.js';
import { askedVideo, type VideoRenderer } from '../rendering/video-renderer.js';

const inputSchema = z.record(z.string(), z.unknown());
type Params = Readonly<Record<string, string>>;

/** `POST {app}`: `fal-ai/kling-video/v3/pro/text-to-video`. */
export async function submitToApp(call: Call, { app = '' }: Params): Promise<Answer> {
  const read = call.parse(inputSchema, { operation: 'submit', model: app });
  if (!read.ok) return read.answer;
  const input = read.body;
  const id = randomUUID();
  const makes = isVideoApp(app) ? 'video' : 'image';
  const { images, videos } = call.context;
  return acceptJob(
    call,
    { id, model: app, prompt: promptIn(input), makes, input },
    () =>
      makes === 'video'
        ? planVideo(videos, app, input)
        : askedImage(images, app, input, app.includes('flux') ? 'jpeg' : 'png'),
    () => json(200, { request_id: id, gateway_request_id: id, ...linksOf(call, app, id), queue_position: 0 }),
  );
}

const unknownRequest = (call: Call) => () => call.refuse.notFound('Request');

/** `GET {owner}/{app}/requests/{id}/status`. */
export const requestStatus = (call: Call, { id = '' }: Params): Promise<Answer> =>
  askJob(call, id, 'poll', (job) => describeStatus(call, job), unknownRequest(call));

function describeStatus(call: Call, job: Job): Answer {
  const about = { request_id: job.id, ...linksOf(call, job.order.model, job.id) };
  if (job.done) {
    const failure = job.cancelled ? { error: 'Request was cancelled.', error_type: 'client_cancelled' } : {};
    return json(200, { status: 'COMPLETED', ...about, logs: [], metrics: { inference_time: 0.1 }, ...failure });
  }
  if (job.progress === 0) return json(202, { status: 'IN_QUEUE', queue_position: 0, ...about });
  return json(202, { status: 'IN_PROGRESS', ...about, logs: [] });
}

/** `GET {owner}/{app}/requests/{id}`. */
export const requestResult = (call: Call, { id = '' }: Params): Promise<Answer> =>
  askJob(call, id, 'result', (job) => describeResult(call, job), unknownRequest(call));

async function describeResult(call: Call, job: Job): Promise<Answer> {
  if (!job.done) return json(400, { detail: 'Request is still in progress' });
  if (job.cancelled) return call.refuse.failure(499, null);
  if (job.verdict === 'moderated') return call.refuse.moderated();
  if (!job.succeeded) return call.refuse.failure(500, null);
  const { media, model } = job.order;
  if (job.verdict === 'empty') {
    return json(200, media.extension === 'mp4' ? {} : { images: [] }, { 'x-fal-billable-units': '0' });
  }
  const file = await media.make();
  const described = { url: fileUrl(call, job.id, media.extension), content_type: file.contentType };
  const units = { 'x-fal-billable-units': String(billedUnits(model, media)) };
  return json(200, bodyOf(job, { ...described, file_size: file.bytes.length }), units);
}

function bodyOf({ order: { media, prompt } }: Job, file: object): object {
  const { width, height, seconds, count } = media;
  if (media.extension === 'mp4') {
    return { video: { ...file, file_name: 'output.mp4', width, height, duration: seconds } };
  }
  const image = { ...file, width, height };
  // Upscalers have one image, in a field of its own.
  if (prompt === '') return { image };
  const images = Array.from({ length: count }, () => image);
  return { images, seed: 42, has_nsfw_concepts: images.map(() => false), prompt };
}

/** `PUT {owner}/{app}/requests/{id}/cancel`. */
export function cancelRequest(call: Call, { id = '' }: Params): Promise<Answer> {
  const show = (job: Job): Answer => {
    if (job.done) return json(400, { status: 'ALREADY_COMPLETED' });
    job.cancel();
    return json(202, { status: 'CANCELLATION_REQUESTED' });
  };
  return askJob(call, id, 'cancel', show, () => json(404, { status: 'NOT_FOUND' }));
}

/** Only owner and app belong into these, not the path behind them. */
function linksOf(call: Call, app: string, id: string): Record<'response_url' | 'status_url' | 'cancel_url', string> {
  const base = `${call.origin}/fal/${app.split('/').slice(0, 2).join('/')}/requests/${id}`;
  return { response_url: base, status_url: `${base}/status`, cancel_url: `${base}/cancel` };
}

/** Whether an app makes videos, by its name. */
const isVideoApp = (app: string): boolean =>
  /video|veo|sora|wan|hailuo|seedance|ltx|luma-dream|pixverse/.test(app) && !/to-image|image-edit|\/image$/.test(app);

/** The models that fal prices by the megapixel; the others by the image. */
const BY_MEGAPIXEL = /flux|qwen|z-image|hidream|seedvr|clarity|crystal|topaz/;
const BY_IMAGE = /flux-pro\/(kontext|v1\.1-ultra)|qwen-image-max/;

/** A large image of these counts as two. */
const DOUBLED = /nano-banana|gemini/;
const LARGE_SIDE = 3_000;

/** `x-fal-billable-units`: seconds of video; images, or their megapixels. */
export function billedUnits(
  app: string,
  { width, height, count, seconds }: Pick<Media, 'width' | 'height' | 'count' | 'seconds'>,
): number {
  if (seconds > 0) return seconds;
  if (BY_MEGAPIXEL.test(app) && !BY_IMAGE.test(app)) return Number(((count * width * height) / 1_000_000).toFixed(4));
  return count * (DOUBLED.test(app) && Math.max(width, height) > LARGE_SIDE ? 2 : 1);
}

const LONGEST_SECONDS = 60;
const LONGEST_PROMPT = 20_000;
/** The shorter side if the input does not have a resolution. */
const USUAL_LINES = 720;

/**
 * Reads the input of any video app: `prompt`, `duration` ("5", "5s" or 5), `aspect_ratio` and `resolution` ("1080p").
 */
export function planVideo(
  renderer: VideoRenderer,
  app: string,
  input: Readonly<Record<string, unknown>>,
): Media | FieldProblem {
  const { prompt, duration = 5, aspect_ratio: shape = '16:9', resolution } = input;
  if (typeof prompt !== 'string' || prompt === '') return { field: 'prompt', message: 'Field required' };
  if (prompt.length > LONGEST_PROMPT) {
    return { field: 'prompt', message: `String should have at most ${LONGEST_PROMPT} characters` };
  }
  const seconds = Number(String(duration).replace(/s$/, ''));
  if (!(seconds > 0 && seconds <= LONGEST_SECONDS)) return { field: 'duration', message: 'unexpected value' };
  const ratio = shape === 'auto' ? 16 / 9 : ratioOf(shape);
  if (ratio === null) return { field: 'aspect_ratio', message: 'unexpected value' };
  const size = frameOf(ratio, linesOf(resolution));
  const caption = `${app} · ${seconds} s · ${size.width} × ${size.height}`;
  return askedVideo(renderer, { prompt, caption, seconds, ...size });
}

/** "720p" is 720 lines on the shorter side, "4k" 2160. */
function linesOf(resolution: unknown): number {
  if (typeof resolution !== 'string') return USUAL_LINES;
  if (/^4k$/i.test(resolution)) return 2160;
  const lines = Number(/^(\d{3,4})p$/i.exec(resolution)?.[1] ?? USUAL_LINES);
  return Math.min(2160, lines);
}

function frameOf(ratio: number, lines: number): Size {
  const even = (side: number): number => Math.round(side / 2) * 2;
  return ratio >= 1
    ? { width: even(lines * ratio), height: even(lines) }
    : { width: even(lines), height: even(lines / ratio) };
}
