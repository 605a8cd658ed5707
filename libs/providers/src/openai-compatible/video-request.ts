import type { VideoRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { readDataUri } from '../http/index.js';
import { nearestNumber, nearestSize, readPixels, readShape } from '@lumenfall/catalog';

/**
 * The catalog's parameter table of an offering in the Videos shape. Without a list, the request's value is sent as it
 * is.
 */
export const videoParametersSchema = z.looseObject({
  /** The lengths that the model supports, in seconds. */
  seconds: z.array(z.number().positive()).default([]),
  /** The sizes that the model supports, as `WIDTHxHEIGHT`; the first is its default. */
  size: z.array(z.string()).default([]),
});

/**
 * JSON unless there is a file to upload: the API accepts both, JSON keeps types, and proxies handle it better. A
 * reference image that is a data URI is uploaded as a file, which needs multipart.
 */
export type VideoSubmission =
  | { kind: 'json'; body: Record<string, unknown> }
  | { kind: 'multipart'; fields: Record<string, string>; file: { bytes: Uint8Array; contentType: string } }
  | { kind: 'impossible'; reason: string };

export function videoRequest(
  request: VideoRequest,
  model: string,
  parameters: Record<string, unknown>,
): VideoSubmission {
  const { seconds, size: sizes } = videoParametersSchema.parse(parameters);
  const length = nearestNumber(request.seconds, seconds) ?? request.seconds;
  const size = sizes.length > 0 ? nearestSize(readShape(request), sizes) : readPixels(request.size) && request.size;
  const fields = {
    ...request.extra,
    model,
    prompt: request.prompt,
    seconds: String(length),
    ...(size ? { size } : {}),
    ...(request.negativePrompt === null ? {} : { negative_prompt: request.negativePrompt }),
  };
  const [reference, second] = request.inputReferences;
  if (second !== undefined)
    return { kind: 'impossible', reason: 'input_reference: this model supports one reference image' };
  if (reference === undefined) return { kind: 'json', body: fields };
  if (!/^\s*data:/i.test(reference)) {
    return { kind: 'json', body: { ...fields, input_reference: { image_url: reference } } };
  }
  const file = readDataUri(reference);
  if (file === null) return { kind: 'impossible', reason: 'input_reference: only base64 data URIs can be read' };
  const bytes = Buffer.from(file.data, 'base64');
  return { kind: 'multipart', fields: formFields(fields), file: { bytes, contentType: file.mimeType } };
}

/** The fields of a form are text: other values are sent as JSON text, null and undefined are left out. */
function formFields(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
