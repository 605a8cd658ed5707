import sharp from 'sharp';
import { withoutDirectives } from '../directives/parse-directives.js';
import { Canvas, type Overlay } from './canvas.js';
import { paletteOf } from './palette.js';
import { setText } from './set-text.js';
import { groundOverlay, type Ground } from './ground.js';
import { escapeMarkup, layoutText } from './text-layout.js';

// Many small pictures, cached by us: libvips need neither keep its own cache nor split each over all cores.
sharp.cache(false);
sharp.concurrency(1);

export interface Picture {
  prompt: string;
  /** Small line under the prompt. */
  caption: string;
  width: number;
  height: number;
  /** Pictures that came with the request, shown in a row in the corner: four at most. */
  insets?: readonly Uint8Array[];
  /** A picture that stays, all over the new one: what an upscale grows, and what a mask protects. */
  ground?: Ground;
}

const SMALLEST_WITH_TEXT = 64;
const MOST_INSETS = 4;

/** Draws a picture: a gradient, SANDBOX in the corner, the prompt well set. */
export async function drawPicture(picture: Picture): Promise<Canvas> {
  const { width, height, prompt, ground } = picture;
  const canvas = new Canvas(width, height);
  await canvas.paintGradient(paletteOf(prompt));
  // Under a mask the words are of the new picture, so they are protected from as well.
  const protects = ground !== undefined && ground.mask !== null;
  if (ground !== undefined && !protects) await canvas.lay(await groundOverlay(ground, { width, height }), 0, 0);
  if (Math.min(width, height) >= SMALLEST_WITH_TEXT) await inscribe(canvas, picture);
  if (ground !== undefined && protects) await canvas.lay(await groundOverlay(ground, { width, height }), 0, 0);
  return canvas;
}

async function inscribe(canvas: Canvas, picture: Picture): Promise<void> {
  const { width, height } = picture;
  const margin = Math.round(Math.min(width, height) * 0.07);
  const box = { width: width - 2 * margin, height: height - 3 * margin };
  const [mark, words, insets] = await Promise.all([badge(box), title(picture, box), thumbnails(picture)]);
  await canvas.lay(mark, margin, margin);
  await canvas.lay(words, margin, height - margin - words.height);
  for (const [index, inset] of insets.entries()) {
    await canvas.lay(inset, width - margin - (insets.length - index) * inset.width, margin);
  }
}

function badge(box: { width: number; height: number }): Promise<Overlay> {
  const size = Math.max(8, Math.round(Math.min(box.width, box.height) * 0.037));
  return setText(`<span foreground="white" alpha="85%" letter_spacing="${size * 250}">SANDBOX</span>`, size, box);
}

/** The prompt and its caption. */
function title({ prompt, caption }: Picture, box: { width: number; height: number }): Promise<Overlay> {
  const { shown, fontSize } = layoutText(withoutDirectives(prompt), { width: box.width, height: box.height * 0.65 });
  const small = Math.max(7, Math.round(Math.min(box.width, box.height) * 0.03));
  const gap = Math.round(small * 0.6);
  return setText(
    `<span foreground="white" insert_hyphens="false">${escapeMarkup(shown)}</span>\n` +
      `<span font_size="${gap * 1024}"> </span>\n` +
      `<span foreground="white" alpha="75%" font_size="${small * 1024}">${escapeMarkup(caption)}</span>`,
    fontSize,
    box,
  );
}

/** Small enough that a row of them fits. */
function thumbnails({ insets = [], width, height }: Picture): Promise<Overlay[]> {
  const shown = insets.slice(0, MOST_INSETS);
  const side = Math.round(Math.min(width, height) * (shown.length > 1 ? 0.2 : 0.28));
  return Promise.all(
    shown.map(async (inset) => {
      const pixels = await sharp(inset).resize(side, side, { fit: 'cover' }).ensureAlpha().raw().toBuffer();
      return { rgba: pixels, width: side, height: side };
    }),
  );
}
