import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { base64Of, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** The body of a submit. */
export function bflImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'parameters' | 'files' | 'mask'>,
): Record<string, unknown> {
  return upstreamParameters(readParameterTable(context.parameters), request, sentImages(context, base64Of));
}
