import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** `at-once`: the answer is the image. `job`: the answer names a job, which is polled below the same path. */
export interface FireworksCall {
  protocol: 'at-once' | 'job';
  target: string;
  body: Record<string, unknown>;
}

/** The models that make images as jobs; the others have a workflow for text to image. */
const MADE_AS_JOBS = /\/flux-kontext-/;

/** @param context `model` is the whole path, `accounts/fireworks/models/flux-1-dev-fp8` */
export function fireworksImageCall(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): FireworksCall {
  const table = readParameterTable(context.parameters);
  const body = upstreamParameters(table, request, sentImages(context, dataUriOf));
  const workflow = `/workflows/${context.model.split('/').map(encodeURIComponent).join('/')}`;
  return MADE_AS_JOBS.test(context.model)
    ? { protocol: 'job', target: workflow, body }
    : { protocol: 'at-once', target: `${workflow}/text_to_image`, body };
}
