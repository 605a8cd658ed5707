import type { RequestImages } from '@lumenfall/catalog';
import { fail, succeed, type Result } from '@lumenfall/contracts';
import { problemOfMask } from '../uploads/image-problems.js';
import type { ImageSource } from '../uploads/image-source.js';
import { settleImage, type ImageOrigins, type SettledImage } from '../uploads/settle-image.js';
import type { Uploads } from '../uploads/uploads.js';

/** The images of an edit, in the order given. */
export interface EditSources {
  inputs: ImageSource[];
  mask: ImageSource | null;
}

export interface SettledImages {
  images: RequestImages;
  /**
   * SHA-256 of each image as it was sent, hex, in the order of the sources; the mask's last. Part of the idempotency
   * hash.
   */
  digests: string[];
}

/** Brings the images of an edit into the store, inspected and upright. Errors: as `settleImage`. */
export async function settleImages(
  { inputs, mask }: EditSources,
  uploads: Uploads,
  origins: ImageOrigins,
  signal: AbortSignal,
): Promise<Result<SettledImages>> {
  const settle = (source: ImageSource): Promise<Result<SettledImage>> => settleImage(source, uploads, origins, signal);
  const settled = await Promise.all(inputs.map(settle));
  const images: SettledImage[] = [];
  for (const one of settled) {
    if (!one.ok) return one;
    images.push(one.value);
  }
  const [first] = images;
  if (mask === null || first === undefined) return succeed(joined(images, null));
  const settledMask = await settle(mask);
  if (!settledMask.ok) return settledMask;
  const turnedMask = await turnedAlike(settledMask.value, first, uploads);
  if (!turnedMask.ok) return turnedMask;
  const { image, hasAlpha } = turnedMask.value;
  const problem = problemOfMask({ ...image, hasAlpha }, first.image);
  return problem === null ? succeed(joined(images, turnedMask.value)) : fail(problem);
}

/**
 * Editors that ignore EXIF data make masks without it, over the pixels as they are stored: such a mask is turned as its
 * image was.
 */
async function turnedAlike(
  mask: SettledImage,
  { image, orientation }: SettledImage,
  uploads: Uploads,
): Promise<Result<SettledImage>> {
  const swapsSides = orientation >= 5;
  const [width, height] = swapsSides ? [image.height, image.width] : [image.width, image.height];
  const fitsAsStored = mask.image.width === width && mask.image.height === height;
  if (orientation === 1 || mask.orientation !== 1 || !fitsAsStored) return succeed(mask);
  const turned = await uploads.turn('mask', { ...mask.image, width: image.width, height: image.height }, orientation);
  return turned.ok ? succeed({ ...mask, image: turned.value }) : turned;
}

function joined(images: readonly SettledImage[], mask: SettledImage | null): SettledImages {
  return {
    images: { inputs: images.map(({ image }) => image), mask: mask?.image ?? null },
    digests: [...images, ...(mask === null ? [] : [mask])].map(({ sha256 }) => sha256),
  };
}
