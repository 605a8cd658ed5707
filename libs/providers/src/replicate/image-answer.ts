import { succeed } from '@lumenfall/contracts';
import { failed, onOwnOrigin, type ProviderHttp } from '../http/index.js';
import { readErrorBody } from '../http/error-body.js';
import { isRecord, textOf } from '../json/fields.js';
import { sourceOfText, withoutImage } from '../media/image-files.js';
import { idOf, jobStatusOf } from '../media/job-status.js';
import type { ImageGeneration, MediaSource, Outcome, ProviderEndpoint } from '../spec/index.js';
import { kindOfPredictionError } from './errors.js';

export interface Prediction {
  id: string;
  state: 'running' | 'succeeded' | 'failed' | 'cancelled';
  files: MediaSource[];
  error: string | null;
  getUrl: string | null;
  cancelUrl: string | null;
}

const FLAGGED = 'The content was flagged';
/** Every model has its own output; files are not nested deeper. */
const MAX_DEPTH = 3;

/** `{"id", "status", "output", "error", "urls"}`; null without an id or a status. */
export function readPrediction(body: unknown): Prediction | null {
  const fields = isRecord(body) ? body : {};
  const id = idOf(fields['id']);
  const status = jobStatusOf(fields['status']);
  if (id === null || status === null) return null;
  const urls = isRecord(fields['urls']) ? fields['urls'] : {};
  return {
    id,
    state: stateOf(status),
    files: filesIn(fields['output'], 0),
    error: readErrorBody({ error: fields['error'] }).message ?? (status === 'moderated' ? FLAGGED : null),
    getUrl: textOf(urls['get']),
    cancelUrl: textOf(urls['cancel']),
  };
}

function stateOf(status: NonNullable<ReturnType<typeof jobStatusOf>>): Prediction['state'] {
  if (status === 'moderated') return 'failed';
  return status === 'unknown-job' ? 'running' : status;
}

/** One URL, a list of them, or an object with URLs among its values. */
function filesIn(output: unknown, depth: number): MediaSource[] {
  if (depth > MAX_DEPTH) return [];
  if (typeof output === 'object' && output !== null) {
    return Object.values(output).flatMap((value: unknown) => filesIn(value, depth + 1));
  }
  const source = typeof output === 'string' ? sourceOfText(output) : null;
  return source === null ? [] : [source];
}

/** The URLs to poll and to cancel a prediction: its own if they are on the endpoint's origin. */
export function addressesOf({ id, getUrl, cancelUrl }: Prediction, endpoint: ProviderEndpoint) {
  const own = (url: string | null): string | null => (url !== null && onOwnOrigin(url, endpoint) ? url : null);
  const path = `/predictions/${encodeURIComponent(id)}`;
  return { get: own(getUrl) ?? path, cancel: own(cancelUrl) ?? `${path}/cancel` };
}

/** The outcome of a prediction that has ended. Replicate reports no cost: the catalog's price per image applies. */
export function replicateImageAnswer(
  { state, files, error }: Prediction,
  { secrets, http }: { secrets: readonly string[]; http: Pick<ProviderHttp, 'failureIn'> },
): Outcome<ImageGeneration> {
  if (state === 'failed') return failed(kindOfPredictionError(error ?? ''), error, { secrets });
  if (state === 'cancelled') return failed('transient', 'The provider stopped the prediction');
  if (files.length > 0) {
    const images = files.map((source) => ({ source, revisedPrompt: null }));
    return succeed({ images, usage: null, reportedCostUsd: null });
  }
  if (error !== null) return failed(kindOfPredictionError(error), error, { secrets });
  return withoutImage({}, { isModerated: false, isUnreadable: false }, http);
}
