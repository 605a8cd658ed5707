import { failed, succeeded } from '../http/index.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';
import { kindOfPredictionError } from './errors.js';
import type { Prediction } from './prediction.js';

/** What a prediction that has ended came to. Replicate tells no cost: the catalog's price per picture holds. */
export function replicateImageAnswer(
  { state, files, error }: Prediction,
  secrets: readonly string[],
): Outcome<ImageGeneration> {
  if (state === 'failed') return failed(kindOfPredictionError(error ?? ''), error, { secrets });
  if (state === 'stopped') return failed('transient', 'The provider stopped the prediction');
  if (files.length === 0) return failed('empty', 'The provider finished without an image');
  return succeeded({
    images: files.map((url) => ({ source: { kind: 'url', url }, revisedPrompt: null })),
    usage: null,
    reportedCostUsd: null,
  });
}
