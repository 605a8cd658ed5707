import type { VideoRequest } from '@lumenfall/contracts';
import { z } from 'zod';
import { bytesOfDataUri } from '../http/index.js';
import { nearestNumber, nearestSize, readPixels, readShape } from '@lumenfall/catalog';

/** The catalog's parameter table of an offering in the Videos shape. Without a list, what was asked goes as it is. */
export const videoParametersSchema = z.looseObject({
  /** The lengths that the model makes, in seconds. */
  seconds: z.array(z.number().positive()).default([]),
  /** The sizes that the model makes, as `WIDTHxHEIGHT`; the first is its default. */
  size: z.array(z.string()).default([]),
});

/**
 * JSON wherever there is no file to upload: both forms are allowed, JSON keeps types, and servers behind proxies take it more
 * readily. A reference image that came as bytes is uploaded as a file, which needs multipart.
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
  if (second !== undefined) return { kind: 'impossible', reason: 'This model takes one reference image, not several' };
  if (reference === undefined) return { kind: 'json', body: fields };
  if (!reference.startsWith('data:')) {
    return { kind: 'json', body: { ...fields, input_reference: { image_url: reference } } };
  }
  const bytes = bytesOfDataUri(reference);
  if (bytes === null) return { kind: 'impossible', reason: 'input_reference: only base64 data URIs can be read' };
  const contentType = /^data:([\w/+.-]+)/.exec(reference)?.[1] ?? 'application/octet-stream';
  return { kind: 'multipart', fields: formFields(fields), file: { bytes, contentType } };
}

/** A form carries text only: what is no text goes as JSON, what is nothing stays away. */
function formFields(fields: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== null && value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
