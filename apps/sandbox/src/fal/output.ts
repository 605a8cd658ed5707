import type { Call } from '../exchange/call.js';
import { jobFileUrl } from '../files/file-url.js';
import type { JobFile } from '../jobs/job.js';
import type { Stage } from '../stage.js';
import { isVideoApp, pictureSizeOf, ratioOf, secondsOf, type FalBody } from './body.js';

/** What an app will make of its input: decided at submit, delivered with the result. */
export interface FalOutput {
  isVideo: boolean;
  /** `x-fal-billable-units`: seconds of video, number of pictures. */
  billableUnits: number;
  make(): Promise<JobFile>;
  /** The result's body, for somebody who reaches us as this call does. `null` bytes size until made. */
  describe(call: Call, jobId: string, file: JobFile): unknown;
}

/** Plans an app's output, or names the field that makes no sense. */
export function planOutput(stage: Stage, app: string, body: FalBody): FalOutput | { field: string; message: string } {
  return isVideoApp(app) ? planVideo(stage, app, body) : planPictures(stage, app, body);
}

function planVideo(stage: Stage, app: string, body: FalBody): FalOutput | { field: string; message: string } {
  const seconds = secondsOf(body.duration);
  if (seconds === null) return { field: 'duration', message: 'unexpected value' };
  const ratio = ratioOf(body.aspect_ratio);
  if (ratio === null) return { field: 'aspect_ratio', message: 'unexpected value' };
  const caption = `${app} · ${seconds} s · ${body.aspect_ratio ?? '16:9'}`;
  return {
    isVideo: true,
    billableUnits: seconds,
    make: async () => ({
      bytes: await stage.movies.film({ prompt: body.prompt, caption, seconds, ratio }),
      contentType: 'video/mp4',
    }),
    describe: (call, jobId, file) => ({
      video: {
        url: jobFileUrl(call, jobId, 'mp4'),
        content_type: file.contentType,
        file_name: 'output.mp4',
        file_size: file.bytes.length,
        duration: seconds,
      },
    }),
  };
}

function planPictures(stage: Stage, app: string, body: FalBody): FalOutput | { field: string; message: string } {
  const size = pictureSizeOf(body.image_size);
  if (size === null) return { field: 'image_size', message: 'unexpected value' };
  const format = body.output_format ?? 'jpeg';
  const count = body.num_images ?? 1;
  const caption = `${app} · ${size.width} × ${size.height}`;
  return {
    isVideo: false,
    billableUnits: count,
    make: async () => ({
      bytes: await stage.pictures.draw({ prompt: body.prompt, caption, ...size }, format),
      contentType: `image/${format}`,
    }),
    describe: (call, jobId, file) => ({
      images: Array.from({ length: count }, () => ({
        url: jobFileUrl(call, jobId, format),
        content_type: file.contentType,
        ...size,
      })),
      seed: 42,
      has_nsfw_concepts: Array.from({ length: count }, () => false),
      prompt: body.prompt,
    }),
  };
}
