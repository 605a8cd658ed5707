import sharp from 'sharp';
import { withoutDirectives } from '../directives/parse-directives.js';
import { Canvas, type Overlay } from './canvas.js';
import { paletteOf } from './palette.js';
import { setText } from './set-text.js';
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
  /** A picture that came with the request, shown in a corner. */
  inset?: Uint8Array;
}

const SMALLEST_WITH_TEXT = 64;

/** Draws a picture: a gradient, SANDBOX in the corner, the prompt well set. */
export async function drawPicture(picture: Picture): Promise<Canvas> {
  const { width, height, prompt } = picture;
  const canvas = new Canvas(width, height);
  const paint = (): Promise<void> => canvas.paintGradient(paletteOf(prompt));
  if (Math.min(width, height) < SMALLEST_WITH_TEXT) {
    await paint();
    return canvas;
  }
  const margin = Math.round(Math.min(width, height) * 0.07);
  const box = { width: width - 2 * margin, height: height - 3 * margin };
  const [mark, words, inset] = await Promise.all([badge(box), title(picture, box), thumbnail(picture), paint()]);
  await canvas.lay(mark, margin, margin);
  await canvas.lay(words, margin, height - margin - words.height);
  if (inset !== null) await canvas.lay(inset, width - margin - inset.width, margin);
  return canvas;
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

async function thumbnail({ inset, width, height }: Picture): Promise<Overlay | null> {
  if (inset === undefined) return null;
  const side = Math.round(Math.min(width, height) * 0.28);
  const pixels = await sharp(inset).resize(side, side, { fit: 'cover' }).ensureAlpha().raw().toBuffer();
  return { rgba: pixels, width: side, height: side };
}
