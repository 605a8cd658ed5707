import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** The task of a call; the API expects a list of tasks. */
export function runwareTask(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask' | 'callId'>,
): Record<string, unknown> {
  const table = readParameterTable(context.parameters);
  return {
    ...upstreamParameters(table, request, sentImages(context, dataUriOf)),
    taskType: request.mode === 'upscale' ? 'imageUpscale' : 'imageInference',
    taskUUID: context.callId,
    model: context.model,
    outputType: ['URL'],
    deliveryMethod: 'sync',
    includeCost: true,
  };
}
