import { succeed } from '@lumenfall/contracts';
import { failed, type JobPoll, type ProviderHttp } from '../http/index.js';
import { holdsError } from '../http/error-body.js';
import { isRecord } from '../json/fields.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';
import { findImages, withoutImage } from './image-files.js';
import { jobStatusOf } from './job-status.js';

/**
 * One poll of an image job in the form `{"status", "result": {"sample" or "base64"}}`, the protocol of BFL and
 * Fireworks.
 */
export function readJobAnswer(
  body: unknown,
  { reportedCostUsd, http }: { reportedCostUsd: string | null; http: Pick<ProviderHttp, 'failureIn'> },
): Outcome<JobPoll<ImageGeneration>> {
  const status = isRecord(body) ? jobStatusOf(body['status']) : null;
  if (!isRecord(body) || status === null) return failed('transient', 'The provider sent a status that cannot be read');
  switch (status) {
    case 'running':
      return succeed({ running: true });
    case 'unknown-job':
      // A host answers so for a moment after the submit: the poll failed, not the job.
      return failed('transient', 'The provider does not find the job');
    case 'moderated':
      return ended(failed('moderation', `The provider refused the content (${String(body['status'])})`));
    case 'failed':
    case 'cancelled': {
      // Servers explain a failure in `error`, `details`, or in `result`.
      const { error, details, result } = body;
      const reason = { error: error ?? result ?? details };
      if (holdsError(reason)) return ended({ ok: false, error: http.failureIn(reason) });
      return ended(failed('transient', 'The provider failed to make the image'));
    }
    case 'succeeded': {
      const found = findImages(body);
      if (found.images.length === 0) return ended(withoutImage(body, found, http));
      return ended(succeed({ images: found.images, usage: null, reportedCostUsd }));
    }
  }
}

/** The failure of a submit whose 2xx answer has no id: the error that it reports, or `ambiguous`. */
export function withoutJobId(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<never> {
  if (holdsError(body)) return { ok: false, error: http.failureIn(body) };
  return failed('ambiguous', 'The provider accepted the job without an id');
}

const ended = (outcome: Outcome<ImageGeneration>): Outcome<JobPoll<ImageGeneration>> =>
  succeed({ running: false, outcome });
