import type { ImageRequest, Metric } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { dataUriOf, sentImages } from '../http/index.js';
import type { ImageCallContext } from '../spec/index.js';

/** The body of a submit, and the unit that fal bills it in; null if the catalog does not say. */
export function falImageRequest(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'parameters' | 'files' | 'mask'>,
): { body: Record<string, unknown>; billedBy: Metric | null } {
  const table = readParameterTable(context.parameters);
  const body = upstreamParameters(table, request, sentImages(context, dataUriOf));
  return { body, billedBy: table.billed_by ?? null };
}
