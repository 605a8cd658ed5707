import type { Call } from '../exchange/call.js';
import { firstProblem } from '../exchange/first-problem.js';
import { jobFileUrl } from '../files/file-url.js';
import type { JobFile } from '../jobs/job.js';
import { askedPicture, type Misasked } from '../pictures/asked-picture.js';
import type { Stage } from '../stage.js';
import { billedUnits } from './billed-units.js';
import { falVideoSchema, isVideoApp, ratioOf, secondsOf } from './body.js';

/** What an app will make of its input: decided at submit, delivered with the result. */
export interface FalOutput {
  isVideo: boolean;
  /** `x-fal-billable-units`: seconds of video, pictures or megapixels. */
  billableUnits: number;
  make(): Promise<JobFile>;
  /** The result's body, for somebody who reaches us as this call does. `null` bytes size until made. */
  describe(call: Call, jobId: string, file: JobFile): unknown;
}

/** Plans an app's output, or names the field that makes no sense. */
export async function planOutput(
  stage: Stage,
  app: string,
  input: Record<string, unknown>,
): Promise<FalOutput | Misasked> {
  return isVideoApp(app) ? planVideo(stage, app, input) : await planPictures(stage, app, input);
}

function planVideo(stage: Stage, app: string, input: Record<string, unknown>): FalOutput | Misasked {
  const parsed = falVideoSchema.safeParse(input);
  if (!parsed.success) {
    const { field, message } = firstProblem(parsed.error);
    return { field: field ?? 'prompt', message };
  }
  const body = parsed.data;
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

async function planPictures(stage: Stage, app: string, input: Record<string, unknown>): Promise<FalOutput | Misasked> {
  const asked = await askedPicture(app, input, app.includes('flux') ? 'jpeg' : 'png');
  if ('field' in asked) return asked;
  const { prompt, size, count, format } = asked;
  return {
    isVideo: false,
    billableUnits: billedUnits(app, size, count),
    make: async () => ({ bytes: await asked.draw(stage.pictures), contentType: `image/${format}` }),
    describe: (call, jobId, file) => {
      const picture = { url: jobFileUrl(call, jobId, format), content_type: file.contentType, ...size };
      // Upscalers have one picture, under a name for one.
      if (prompt === '') return { image: { ...picture, file_size: file.bytes.length } };
      return {
        images: Array.from({ length: count }, () => picture),
        seed: 42,
        has_nsfw_concepts: Array.from({ length: count }, () => false),
        prompt,
      };
    },
  };
}
