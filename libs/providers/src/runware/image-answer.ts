import { succeed } from '@lumenfall/contracts';
import { Decimal } from 'decimal.js';
import { type ProviderHttp } from '../http/index.js';
import { readErrorBody } from '../http/error-body.js';
import { isRecord, usdOf } from '../json/fields.js';
import { findImages, withoutImage } from '../media/image-files.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';
import { errorsIn } from './errors.js';

/**
 * The results of one task: `{"data": [{"imageURL", "NSFWContent", "cost"}], "errors": [...]}`. If some images were made
 * and others failed, the images are delivered at the cost that they name.
 */
export function runwareImageAnswer(body: unknown, http: Pick<ProviderHttp, 'failureIn'>): Outcome<ImageGeneration> {
  const found = findImages(body);
  if (found.images.length === 0) return withoutImage(body, found, http);
  return succeed({ images: found.images, usage: null, reportedCostUsd: costOf(found.entries) });
}

/** USD; null if an image names no cost. */
function costOf(entries: readonly Record<string, unknown>[]): string | null {
  const costs = entries.map(({ cost }) => usdOf(cost));
  if (costs.includes(null)) return null;
  return costs.reduce<Decimal>((sum, cost) => sum.plus(cost ?? 0), new Decimal(0)).toFixed();
}

/** The answer that a task received, or that the provider has no such task. */
export type TaskDetails = { known: 'answer'; answer: unknown } | { known: 'nothing' } | { known: 'unreadable' };

const UNKNOWN_TASK = /not ?found|no ?task|unknown|invalidTaskUUID|does ?n[o']t exist/i;

/**
 * `{"data": [{"taskType": "getTaskDetails", "taskUUID", "request": [...], "response": {"data" or "errors": [...]}}]}`
 */
export function readTaskDetails(body: unknown, taskUUID: string): TaskDetails {
  const list = isRecord(body) && Array.isArray(body['data']) ? (body['data'] as unknown[]).filter(isRecord) : null;
  const answer = list?.find((one) => one['taskUUID'] === taskUUID)?.['response'];
  if (isRecord(answer)) return { known: 'answer', answer };
  // A task that is still running has no answer either.
  if (list !== null) return { known: 'nothing' };
  const { message, codes } = readErrorBody(errorsIn(body)[0] ?? null);
  return UNKNOWN_TASK.test([...codes, message ?? ''].join(' ')) ? { known: 'nothing' } : { known: 'unreadable' };
}
