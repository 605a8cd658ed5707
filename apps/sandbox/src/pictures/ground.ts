import sharp from 'sharp';
import type { Overlay } from './canvas.js';

/** A picture that came with the request and is to be seen in the new one. */
export interface Ground {
  picture: Uint8Array;
  /** Where the picture may change: where the mask is transparent, or, if it has no transparency, where it is white. Null: nowhere. */
  mask: Uint8Array | null;
}

/** The picture at the size of the new one, opaque where it has to stay. */
export async function groundOverlay(
  { picture, mask }: Ground,
  { width, height }: { width: number; height: number },
): Promise<Overlay> {
  const fill = { fit: 'fill' } as const;
  const rgba = await sharp(picture).resize(width, height, fill).ensureAlpha().raw().toBuffer();
  if (mask === null) return { rgba, width, height };
  const { hasAlpha } = await sharp(mask).metadata();
  const stays = await (
    hasAlpha ? sharp(mask).extractChannel('alpha') : sharp(mask).greyscale().negate({ alpha: false })
  )
    .resize(width, height, fill)
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  for (let pixel = 0; pixel < width * height; pixel += 1) rgba[pixel * 4 + 3] = stays[pixel] ?? 0;
  return { rgba, width, height };
}
