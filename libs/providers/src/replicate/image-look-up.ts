import { isDeepStrictEqual } from 'node:util';
import { isRecord, textOf } from '../json/fields.js';
import { idOf } from '../media/job-status.js';

export interface ListedPrediction {
  id: string;
  model: string | null;
  version: string | null;
  input: unknown;
  /** Unix ms. */
  createdAt: number;
}

export interface PredictionList {
  results: ListedPrediction[];
  next: string | null;
}

/** A page of `GET /predictions`: a hundred, the newest first; null if it cannot be read. */
export function readPredictionList(body: unknown): PredictionList | null {
  if (!isRecord(body) || !Array.isArray(body['results'])) return null;
  const results: ListedPrediction[] = [];
  for (const entry of body['results'] as unknown[]) {
    const id = isRecord(entry) ? idOf(entry['id']) : null;
    const createdAt = isRecord(entry) ? Date.parse(String(entry['created_at'])) : NaN;
    // Without these, "not listed" could not be concluded.
    if (!isRecord(entry) || id === null || Number.isNaN(createdAt)) return null;
    results.push({
      id,
      model: textOf(entry['model']),
      version: textOf(entry['version']),
      input: entry['input'],
      createdAt,
    });
  }
  return { results, next: textOf(body['next']) };
}

/** How far Replicate's clock may be behind ours. */
const SKEW_MS = 10_000;

/** The next page if it may contain predictions of this call; null otherwise. */
export function nextPageOf({ results, next }: PredictionList, since: number): string | null {
  const oldest = results.at(-1);
  return oldest !== undefined && oldest.createdAt >= since - SKEW_MS ? next : null;
}

/**
 * The predictions that may be those of a call: of the same model and input, created since, the nearest first. Those
 * that are alike are interchangeable.
 *
 * @param sent the body of the call
 */
export function predictionsAlike(
  { results }: Pick<PredictionList, 'results'>,
  { model, sent, since }: { model: string; sent: Record<string, unknown>; since: number },
): ListedPrediction[] {
  const [name, version] = model.split(':');
  return results
    .filter((one) => (version === undefined ? one.model === name : one.version === version))
    .filter((one) => one.createdAt >= since - SKEW_MS && isSameInput(one.input, sent['input']))
    .sort((one, other) => Math.abs(one.createdAt - since) - Math.abs(other.createdAt - since));
}

/** The listed input contains what was sent; files have become URLs, and defaults may have been added. */
function isSameInput(listed: unknown, sent: unknown): boolean {
  if (!isRecord(listed) || !isRecord(sent)) return false;
  return Object.entries(sent).every(([name, value]) => holdsFile(value) || isDeepStrictEqual(listed[name], value));
}

const holdsFile = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(holdsFile) : typeof value === 'string' && value.startsWith('data:');
