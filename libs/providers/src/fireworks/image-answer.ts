import { succeed } from '@lumenfall/contracts';
import { failed, type JobPoll, type ProviderHttp } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import { readJobAnswer } from '../media/job-answer.js';
import { findImages, withoutImage } from '../media/image-files.js';
import { idOf, jobStatusOf } from '../media/job-status.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';

/** The answer of a workflow: `{"base64": ["..."], "finishReason"}`. */
export function fireworksImageAnswer(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<ImageGeneration> {
  const fields = isRecord(body) ? body : {};
  if (jobStatusOf(fields['finishReason']) === 'moderated')
    return failed('moderation', 'The provider refused the content');
  const { base64 } = fields;
  // A list of base64 texts, beside the forms that every provider may use.
  const found = findImages(
    Array.isArray(base64) ? { images: base64.map((text: unknown) => ({ base64: text })) } : body,
  );
  if (found.images.length === 0) return withoutImage(body, found, http);
  return succeed({ images: found.images, usage: null, reportedCostUsd: null });
}

/** The id of an accepted job; null if the answer has none. */
export function readRequestId(body: unknown): string | null {
  return isRecord(body) ? idOf(body['request_id']) : null;
}

/** The state of a job. */
export function readJobState(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<JobPoll<ImageGeneration>> {
  return readJobAnswer(body, { reportedCostUsd: null, http });
}
