import { succeed } from '@lumenfall/contracts';
import { type ProviderHttp } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import { findImages, withoutImage } from '../media/image-files.js';
import { amountOf } from '../media/job-status.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';

/**
 * The answer of `/images/generations` and `/images/edits`: OpenAI's shape, with `respect_moderation: false` for an
 * image that was withheld, and the cost of the call in `usage.cost_in_usd_ticks`.
 */
export function xaiImageAnswer(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<ImageGeneration> {
  const found = findImages(body);
  if (found.images.length === 0) return withoutImage(body, found, http);
  const usage = isRecord(body) && isRecord(body['usage']) ? body['usage'] : {};
  const ticks = amountOf(usage['cost_in_usd_ticks']);
  const reportedCostUsd = ticks !== null && Number.isSafeInteger(ticks) ? usdOf(ticks) : null;
  return succeed({ images: found.images, usage: null, reportedCostUsd });
}

/** Ten thousand million ticks are a dollar. */
function usdOf(ticks: number): string {
  const digits = String(ticks).padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`.replace(/\.?0+$/, '');
}
