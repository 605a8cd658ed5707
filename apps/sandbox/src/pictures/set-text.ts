import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { Overlay } from './canvas.js';

const fontfile = createRequire(import.meta.url).resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf');

// Where there is no fontconfig it would complain on standard error, though nothing of it is needed. The build copies the file
// next to the bundle.
if (!existsSync('/etc/fonts/fonts.conf')) {
  // eslint-disable-next-line no-restricted-properties -- not configuration of ours: fontconfig reads the real environment
  process.env.FONTCONFIG_FILE ??= fileURLToPath(new URL('./no-system-fonts.conf', import.meta.url));
}

/** Renders Pango markup with a font that comes from npm, so that no system font is needed; never larger than the box. */
export async function setText(
  markup: string,
  fontSize: number,
  box: { width: number; height: number },
): Promise<Overlay> {
  const text = { text: markup, font: `DejaVu Sans Bold ${fontSize}`, fontfile, dpi: 72, rgba: true };
  const set = await sharp({ text: { ...text, width: box.width, wrap: 'word-char' } })
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (set.info.width <= box.width && set.info.height <= box.height) return overlayOf(set);
  const raw = { width: set.info.width, height: set.info.height, channels: 4 as const };
  return overlayOf(
    await sharp(set.data, { raw })
      .resize(box.width, box.height, { fit: 'inside' })
      .raw()
      .toBuffer({ resolveWithObject: true }),
  );
}

const overlayOf = ({ data, info }: { data: Buffer; info: { width: number; height: number } }): Overlay => ({
  rgba: data,
  width: info.width,
  height: info.height,
});
