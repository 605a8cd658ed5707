import type { Job } from '../jobs/job.js';
import type { VideoBody } from './body.js';

const KEPT_SECONDS = 3_600;

/** What a video answer needs besides its job. */
export interface Film {
  job: Job;
  body: Pick<VideoBody, 'seconds' | 'size'>;
}

/** The `video` object of OpenAI's Videos protocol. */
export function videoObject({ job, body }: Film): Record<string, unknown> {
  const error = job.done ? errorOf(job) : null;
  const status = !job.done ? (job.progress === 0 ? 'queued' : 'in_progress') : error === null ? 'completed' : 'failed';
  const created = Math.floor(job.createdAt / 1_000);
  const completed = status === 'completed' ? Math.floor(Date.now() / 1_000) : null;
  return {
    id: job.id,
    object: 'video',
    model: job.order.model,
    status,
    progress: job.progress,
    created_at: created,
    completed_at: completed,
    expires_at: completed === null ? null : completed + KEPT_SECONDS,
    seconds: body.seconds,
    size: body.size,
    prompt: job.order.prompt,
    remixed_from_video_id: null,
    error,
  };
}

function errorOf(job: Job): { code: string; message: string } | null {
  if (job.verdict === 'moderated') {
    return { code: 'moderation_blocked', message: 'Your request was blocked by our moderation system.' };
  }
  if (job.verdict === 'fails') {
    return { code: 'video_generation_failed', message: 'The sandbox was asked to let this video fail.' };
  }
  return job.problem === null ? null : { code: 'server_error', message: job.problem };
}
