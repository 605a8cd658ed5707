import { askedFactor, askedSize, type Size } from './asked-size.js';
import type { Picture } from './draw-picture.js';
import type { PictureFormat, PictureStudio } from './picture-studio.js';
import { measureAll, picturesIn } from './sent-picture.js';

const IMAGE_FIELD =
  /^(image|images|image_urls?|image_input|input_images?|input_image_\d+|image_prompt|inputImage|seedImage|referenceImages|references|reference_image_urls)$/;
const MASK_FIELD = /^(mask|mask_url|mask_image|maskImage|mask_image_url)$/;
const LARGEST_SIDE = 8192;
const LARGEST_COUNT = 10;

/** What the many models of one provider are asked for, all in the same loose way. */
export interface AskedPicture {
  /** Empty where none is needed. */
  prompt: string;
  size: Size;
  count: number;
  format: PictureFormat;
  /** How many pictures came along. */
  inputs: number;
  draw(studio: PictureStudio): Promise<Buffer>;
}

export type Misasked = { field: string; message: string };

/**
 * Reads a model's input: a new picture of the size asked; an edit, which shows the pictures sent and keeps what a mask protects;
 * or, where there is a picture and no prompt, an upscale that is the picture sent, larger.
 */
export async function askedPicture(
  model: string,
  input: Readonly<Record<string, unknown>>,
  usualFormat: PictureFormat = 'png',
): Promise<AskedPicture | Misasked> {
  const prompt = typeof input['prompt'] === 'string' ? input['prompt'] : '';
  const sent = picturesIn(input, IMAGE_FIELD);
  if (!sent.ok) return { field: sent.field, message: 'expected a picture as data URI, base64 or address' };
  const masked = picturesIn(input, MASK_FIELD);
  if (!masked.ok) return { field: masked.field, message: 'expected a picture as data URI, base64 or address' };
  const sizes = await measureAll([...sent.pictures, ...masked.pictures]);
  if (sizes === null) return { field: 'image', message: 'cannot identify image file' };
  const [first, firstSize, mask] = [sent.pictures[0], sizes[0], masked.pictures[0]];
  if (prompt === '' && first === undefined) return { field: 'prompt', message: 'Field required' };
  if (mask !== undefined && first === undefined) return { field: 'image', message: 'Field required' };

  const factor = askedFactor(input);
  if (typeof factor === 'object' && factor !== null) return { field: factor.field, message: 'unexpected value' };
  const asked = askedSize(input);
  if (asked !== null && 'field' in asked) return { field: asked.field, message: 'unexpected value' };
  const grows = first !== undefined && firstSize !== undefined && (prompt === '' || factor !== null);
  const size = grows ? grown(firstSize, factor ?? usualFactor(model)) : (asked ?? fromInput(firstSize));
  const format = formatOf(input['output_format'] ?? input['outputFormat'] ?? usualFormat);
  const count = countOf(input['num_images'] ?? input['num_outputs'] ?? input['n'] ?? input['numberResults']);
  if (format === null) return { field: 'output_format', message: 'unexpected value' };
  if (count === null) return { field: 'num_images', message: 'unexpected value' };
  const picture: Picture = {
    prompt,
    caption: `${model} · ${size.width} × ${size.height}`,
    ...size,
    ...(first !== undefined && (grows || mask !== undefined)
      ? { ground: { picture: first, mask: mask ?? null } }
      : { insets: sent.pictures }),
  };
  return { prompt, size, count, format, inputs: sent.pictures.length, draw: (studio) => studio.draw(picture, format) };
}

const usualFactor = (model: string): number => (/esrgan|aura-sr|recraft/.test(model) ? 4 : 2);

function grown({ width, height }: Size, factor: number): Size {
  const most = Math.min(factor, LARGEST_SIDE / Math.max(width, height));
  return { width: Math.round(width * most), height: Math.round(height * most) };
}

/** An edit without a size keeps the shape of its first picture, at the size that models usually make. */
function fromInput(size: Size | undefined): Size {
  if (size === undefined) return { width: 1024, height: 1024 };
  const scale = Math.sqrt((1024 * 1024) / (size.width * size.height));
  const side = (pixels: number): number => Math.max(16, Math.round((pixels * scale) / 16) * 16);
  return { width: side(size.width), height: side(size.height) };
}

function formatOf(value: unknown): PictureFormat | null {
  const name = String(value).toLowerCase();
  if (name === 'jpg' || name === 'jpeg') return 'jpeg';
  return name === 'png' || name === 'webp' ? name : null;
}

const countOf = (value: unknown): number | null => {
  const count = Number(value ?? 1);
  return Number.isInteger(count) && count >= 1 && count <= LARGEST_COUNT ? count : null;
};
