import type { ImageRequest } from '@lumenfall/contracts';
import { readParameterTable, upstreamParameters } from '@lumenfall/catalog';
import { sentImages } from '../http/index.js';
import type { ImageCallContext, InputFile } from '../spec/index.js';

export type OpenAiImageCall =
  { target: '/images/generations'; body: Record<string, unknown> } | { target: '/images/edits'; body: FormData };

/** An edit uploads its images as files of a form; everything else is JSON. */
export function openAiImageCall(
  request: ImageRequest,
  context: Pick<ImageCallContext, 'model' | 'parameters' | 'files' | 'mask'>,
): OpenAiImageCall {
  const table = readParameterTable(context.parameters);
  const fields = { ...upstreamParameters(table, request, sentImages(context, fileOf)), model: context.model };
  if (request.mode === 'text-to-image') return { target: '/images/generations', body: fields };
  return { target: '/images/edits', body: formOf(fields) };
}

/** A form contains text and files: other values are sent as JSON text, null and undefined are left out. */
function formOf(fields: Record<string, unknown>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    const list = Array.isArray(value) && value.every((one) => one instanceof File) ? value : [value];
    for (const one of list) {
      if (one instanceof File) form.append(list.length > 1 ? `${name}[]` : name, one);
      else if (one !== null && one !== undefined)
        form.append(name, typeof one === 'string' ? one : JSON.stringify(one));
    }
  }
  return form;
}

function fileOf({ bytes, contentType }: InputFile): File {
  // The API reads the type of a file from its name.
  const extension = contentType.replace(/^image\//, '').replace('jpeg', 'jpg');
  return new File([new Uint8Array(bytes)], `image.${extension}`, { type: contentType });
}
