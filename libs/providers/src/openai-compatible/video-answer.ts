import { failure, type ProviderHttp } from '../http/index.js';
import { holdsError, readErrorBody } from '../http/error-body.js';
import { isRecord } from '../json/fields.js';
import { idOf, jobStatusOf, progressOf } from '../media/job-status.js';
import type { MediaSource, ProviderFailure, VideoState } from '../spec/index.js';

/** The fields of OpenAI's video object that matter; others may be of any type. */
export interface UpstreamVideo {
  id: string;
  /** Null if the object has no status word. */
  status: string | null;
  /** 0 to 100; null if it is not a number. */
  progress: number | null;
  /** All fields of the object. */
  fields: Record<string, unknown>;
}

const ID_FIELDS = ['id', 'video_id', 'task_id', 'request_id'] as const;

/** Also inside `{"data": {...}}` or `{"video": {...}}`; null without an id. */
export function readVideo(body: unknown): UpstreamVideo | null {
  if (!isRecord(body)) return null;
  const id = ID_FIELDS.map((name) => idOf(body[name])).find((found) => found !== null);
  if (id === undefined) return readVideo(body['data'] ?? body['video']);
  const { status, state } = body;
  const word = status ?? state;
  return {
    id,
    status: typeof word === 'string' ? word : null,
    progress: progressOf(body['progress']),
    fields: body,
  };
}

/** @param content the source of the finished file */
export function videoStateOf(
  { status, progress, fields }: UpstreamVideo,
  content: MediaSource,
  http: Pick<ProviderHttp, 'failureIn'>,
): VideoState {
  switch (jobStatusOf(status)) {
    case 'succeeded':
      return { state: 'succeeded', source: content, usage: null, reportedCostUsd: null };
    case 'moderated':
      return { state: 'failed', failure: failure('moderation', `The provider refused the content (${status})`) };
    case 'failed':
    case 'cancelled':
      return { state: 'failed', failure: reasonOf(fields, status ?? '', http) };
    // An error without a status that ends the job is a warning, or the error of the poll.
    default:
      return { state: 'running', progress };
  }
}

const REASON_FIELDS = ['error', 'errors', 'failure_reason', 'fail_reason', 'failure', 'message', 'detail'] as const;

function reasonOf(
  fields: Record<string, unknown>,
  status: string,
  http: Pick<ProviderHttp, 'failureIn'>,
): ProviderFailure {
  for (const name of REASON_FIELDS) {
    const reason = { error: fields[name] };
    if (holdsError(reason) || readErrorBody(reason).message !== null) return http.failureIn(reason);
  }
  return failure('transient', `The provider ended the video as ${status}`);
}
