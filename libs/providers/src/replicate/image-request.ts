import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentPictures } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** Where a prediction of the model is created, and with what: `owner/name`, or `owner/name:version` for a community's model. */
export function replicateImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): { target: string; body: Record<string, unknown> } {
  const table = readParameterTable(context.parameters);
  const input = upstreamParameters(table, request, sentPictures(context, dataUriOf));
  const [name = '', version] = context.model.split(':');
  if (version !== undefined) return { target: '/predictions', body: { version, input } };
  return { target: `/models/${name.split('/').map(encodeURIComponent).join('/')}/predictions`, body: { input } };
}
