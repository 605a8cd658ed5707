import { failure, type JsonAnswer, type ProviderHttp } from '../http/index.js';
import { holdsError } from '../http/error-body.js';
import { isRecord } from '../json/fields.js';
import { linkIn } from '../media/image-files.js';
import type { VideoState } from '../spec/index.js';

/** Where models put their video: `{"video": {"url"}}`, `{"video": "..."}`, `{"videos": [...]}`, `{"output": ...}`. */
const PLACES = ['video', 'videos', 'output', 'video_url', 'url'] as const;

/** The result of a finished job. fal reports its cost in units of an unknown price: neither usage nor cost is read. */
export function falVideoState({ body }: JsonAnswer, http: Pick<ProviderHttp, 'failureIn'>): VideoState {
  for (const place of PLACES) {
    const source = isRecord(body) ? videoIn(body[place]) : null;
    if (source !== null) return { state: 'succeeded', source, usage: null, reportedCostUsd: null };
  }
  if (holdsError(body)) return { state: 'failed', failure: http.failureIn(body) };
  return { state: 'failed', failure: failure('empty', 'The provider finished without a video') };
}

function videoIn(value: unknown): { kind: 'url'; url: string } | null {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  const text = isRecord(first) ? first['url'] : first;
  return typeof text === 'string' ? linkIn(text) : null;
}
