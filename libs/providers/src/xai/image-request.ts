import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** Edits are JSON too: one image in `image`, several in `images`. */
export function xaiImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): { target: string; body: Record<string, unknown> } {
  const inputs = sentImages(context, (file) => ({ type: 'image_url', url: dataUriOf(file) }));
  const { images, ...fields } = upstreamParameters(readParameterTable(context.parameters), request, inputs);
  const body = { ...fields, model: context.model, response_format: 'b64_json' };
  if (!Array.isArray(images)) return { target: '/images/generations', body };
  return {
    target: '/images/edits',
    body: { ...body, ...(images.length === 1 ? { image: images[0] as unknown } : { images }) },
  };
}
