import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentPictures } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** Edits are JSON as well: one picture under `image`, several under `images`. */
export function xaiImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): { target: string; body: Record<string, unknown> } {
  const pictures = sentPictures(context, (file) => ({ type: 'image_url', url: dataUriOf(file) }));
  const { images, ...fields } = upstreamParameters(readParameterTable(context.parameters), request, pictures);
  const body = { ...fields, model: context.model, response_format: 'b64_json' };
  if (!Array.isArray(images)) return { target: '/images/generations', body };
  return {
    target: '/images/edits',
    body: { ...body, ...(images.length === 1 ? { image: images[0] as unknown } : { images }) },
  };
}
