import {
  apiError,
  fail,
  succeed,
  type ApiError,
  type Result,
  type VideoBody,
  type VideoReference,
} from '@lumenfall/contracts';
import { isAllowedAddress } from '@lumenfall/providers';
import { problemOfAddress } from '../uploads/image-problems.js';
import { readReference, type ImageSource, type UploadedFile } from '../uploads/image-source.js';
import { ownFileName, settleImage, type ImageOrigins } from '../uploads/settle-image.js';
import type { Uploads } from '../uploads/uploads.js';

export interface SettledReferences {
  references: VideoReference[];
  /** What identifies each reference in the idempotency hash: its address, or the SHA-256 of its bytes. */
  identities: string[];
}

/**
 * Brings the reference images of a video into the media store, inspected and upright. Addresses stay: the provider
 * fetches them, so only https addresses on the public internet are allowed. Errors: `INVALID_REQUEST` and
 * `PAYLOAD_TOO_LARGE`, naming the field.
 *
 * @param files the files of the form, by the placeholder that stands for their address
 */
export async function settleReferences(
  given: VideoBody['input_reference'],
  files: ReadonlyMap<string, UploadedFile>,
  uploads: Uploads,
  origins: ImageOrigins,
  signal: AbortSignal,
): Promise<Result<SettledReferences>> {
  const several = Array.isArray(given);
  const settled: SettledReferences = { references: [], identities: [] };
  for (const [index, { image_url: text }] of [given ?? []].flat().entries()) {
    const field = several ? `input_reference[${index}].image_url` : 'input_reference.image_url';
    const file = files.get(text);
    const source: Result<ImageSource> =
      file === undefined
        ? readAddressOrData(field, text)
        : succeed({ field: 'input_reference', kind: 'uploaded', file });
    if (!source.ok) return source;
    const one = await settle(source.value, uploads, origins, signal);
    if (!one.ok) return one;
    settled.references.push(one.value.reference);
    settled.identities.push(one.value.identity);
  }
  return succeed(settled);
}

async function settle(
  source: ImageSource,
  uploads: Uploads,
  origins: ImageOrigins,
  signal: AbortSignal,
): Promise<Result<{ reference: VideoReference; identity: string }>> {
  if (source.kind === 'address' && (await origins.media.open(ownFileName(source.url, origins.addressOf))) === null) {
    return (await isAllowedAddress(source.url, origins.alsoFrom))
      ? succeed({ reference: source.url, identity: source.url })
      : fail(problemOfAddress(source.field, { problem: 'not-allowed' }));
  }
  const settled = await settleImage(source, uploads, origins, signal);
  return settled.ok ? succeed({ reference: settled.value.image, identity: settled.value.sha256 }) : settled;
}

/** Unlike the images of an edit, plain base64 is not accepted: OpenAI's API takes an address or a data URI here. */
function readAddressOrData(field: string, text: string): Result<ImageSource> {
  return /^\s*(?:data:|[a-z][a-z\d+.-]*:\/\/)/i.test(text)
    ? readReference(field, text)
    : fail(badVideoReference(field));
}

const badVideoReference = (field: string): ApiError =>
  apiError('INVALID_REQUEST', `${field}: expected an https address, or a data URI of an image`, { param: field });
