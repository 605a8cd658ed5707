import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/**
 * The path and the body that create a prediction: of `owner/name`, or of `owner/name:version` for a community model.
 */
export function replicateImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): { target: string; body: Record<string, unknown> } {
  const table = readParameterTable(context.parameters);
  const input = upstreamParameters(table, request, sentImages(context, dataUriOf));
  const [name = '', version] = context.model.split(':');
  if (version !== undefined) return { target: '/predictions', body: { version, input } };
  return { target: `/models/${name.split('/').map(encodeURIComponent).join('/')}/predictions`, body: { input } };
}
