import { type Metric, type Quantity, succeed } from '@lumenfall/contracts';
import { failed, type JsonAnswer, type ProviderHttp } from '../http/index.js';
import { isRecord, unitsOf } from '../json/fields.js';
import { findImages, withoutImage } from '../media/image-files.js';
import type { ImageGeneration, Outcome, ReportedDimension } from '../spec/index.js';

/** By the header `x-fal-billable-units`, in the unit that `billed_by` of the offering names. */
export const FAL_REPORTS: readonly ReportedDimension[] = [
  { type: 'output', metric: 'image' },
  { type: 'output', metric: 'megapixel' },
];

/**
 * The images of a finished job. An image that the model's own checker marked is a black square: it counts as refused.
 *
 * @param billedBy the unit of the header's billable units
 */
export function falImageAnswer(
  { body, headers }: JsonAnswer,
  billedBy: Metric | null,
  http: Pick<ProviderHttp, 'failureIn'>,
): Outcome<ImageGeneration> {
  const marks: unknown = isRecord(body) ? body['has_nsfw_concepts'] : null;
  const isMarked = (position: number): boolean => Array.isArray(marks) && marks[position] === true;
  const found = findImages(body);
  const images = found.images.filter((_, position) => !isMarked(position));
  if (images.length > 0) {
    const usage = billedBy === null ? null : billedUnits(headers['x-fal-billable-units'], billedBy);
    return succeed({ images, usage, reportedCostUsd: null });
  }
  if (found.images.length > 0) return failed('moderation', 'The provider refused the content');
  return withoutImage(body, found, http);
}

/**
 * What fal bills, in units of its list price: a 4K image at twice the price is two units, so no property chooses a
 * line.
 */
function billedUnits(header: unknown, metric: Metric): Quantity[] | null {
  const units = unitsOf(header);
  return units !== null && units > 0 ? [{ type: 'output', metric, quantity: units, properties: {} }] : null;
}
