import { askedFactor, askedSize } from './asked-size.js';
import { measureImages, type ImageRenderer, type ImageSpec } from './image-renderer.js';
import type { FieldProblem, ImageFormat, Media, Size } from './media.js';

type Input = Readonly<Record<string, unknown>>;

const IMAGE_FIELD =
  /^(image|images|image_urls?|image_input|input_images?|input_image_\d+|image_prompt|inputImage|seedImage|referenceImages|references|reference_image_urls)$/;
const MASK_FIELD = /^(mask|mask_url|mask_image|maskImage|mask_image_url)$/;
const LARGEST_SIDE = 8192;
const LARGEST_COUNT = 10;

/** What a model's input asks for, if it is made of images. */
export interface AskedImage extends Media {
  extension: ImageFormat;
  render(): Promise<Buffer>;
}

/**
 * Reads the input of any image model: a new image of the size asked for; an edit, which shows the images sent and keeps
 * what a mask protects; or, if there is an image and no prompt, or a factor, an upscale: the image sent, larger.
 */
export async function askedImage(
  renderer: ImageRenderer,
  model: string,
  input: Input,
  usualFormat: ImageFormat = 'png',
): Promise<AskedImage | FieldProblem> {
  const prompt = promptIn(input);
  const sent = imagesIn(input, IMAGE_FIELD);
  if ('field' in sent) return sent;
  const masks = imagesIn(input, MASK_FIELD);
  if ('field' in masks) return masks;
  const sizes = await measureImages([...sent, ...masks]);
  if (sizes === null) return { field: 'image', message: 'cannot identify image file' };
  const [first, firstSize, mask] = [sent[0], sizes[0], masks[0]];
  if (prompt === '' && first === undefined) return { field: 'prompt', message: 'Field required' };
  if (mask !== undefined && first === undefined) return { field: 'image', message: 'Field required' };

  const factor = askedFactor(input);
  if (typeof factor === 'object' && factor !== null) return unexpected(factor.field);
  const asked = askedSize(input);
  if (asked !== null && 'field' in asked) return unexpected(asked.field);
  const extension = formatOf(input['output_format'] ?? input['outputFormat'] ?? usualFormat);
  if (extension === null) return unexpected('output_format');
  const count = Number(input['num_images'] ?? input['num_outputs'] ?? input['n'] ?? input['numberResults'] ?? 1);
  if (!Number.isInteger(count) || count < 1 || count > LARGEST_COUNT) return unexpected('num_images');
  const isUpscale = first !== undefined && firstSize !== undefined && (prompt === '' || factor !== null);
  const size = isUpscale ? enlarged(firstSize, factor ?? usualFactor(model)) : (asked ?? fromInput(firstSize));
  const fills = first !== undefined && (isUpscale || mask !== undefined);
  const image: ImageSpec = {
    prompt,
    caption: `${model} · ${size.width} × ${size.height}`,
    ...size,
    ...(fills ? { ground: { image: first, mask: mask ?? null } } : { insets: sent }),
  };
  const render = (): Promise<Buffer> => renderer.render(image, extension);
  const make = async () => ({ bytes: await render(), contentType: `image/${extension}` });
  return { ...size, seconds: 0, count, extension, render, make };
}

/** Empty if there is none: upscalers do not need one. */
export const promptIn = (input: Input): string => (typeof input['prompt'] === 'string' ? input['prompt'] : '');

const unexpected = (field: string): FieldProblem => ({ field, message: 'unexpected value' });

const usualFactor = (model: string): number => (/esrgan|aura-sr|recraft/.test(model) ? 4 : 2);

function enlarged({ width, height }: Size, factor: number): Size {
  const most = Math.min(factor, LARGEST_SIDE / Math.max(width, height));
  return { width: Math.round(width * most), height: Math.round(height * most) };
}

/** An edit without a size keeps the shape of its first image, at the size that models usually make. */
function fromInput(size: Size | undefined): Size {
  if (size === undefined) return { width: 1024, height: 1024 };
  const scale = Math.sqrt((1024 * 1024) / (size.width * size.height));
  const side = (pixels: number): number => Math.max(16, Math.round((pixels * scale) / 16) * 16);
  return { width: side(size.width), height: side(size.height) };
}

function formatOf(value: unknown): ImageFormat | null {
  const name = String(value).toLowerCase();
  if (name === 'jpg' || name === 'jpeg') return 'jpeg';
  return name === 'png' || name === 'webp' ? name : null;
}

/**
 * The images among the fields whose name matches, each one text or a list. An image at an address counts as sent, but
 * is not fetched: the sandbox makes no requests.
 */
function imagesIn(input: Input, name: RegExp): Uint8Array[] | FieldProblem {
  const images: Uint8Array[] = [];
  for (const [field, value] of Object.entries(input)) {
    if (!name.test(field)) continue;
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === 'string' && /^https?:/.test(one)) continue;
      const bytes = typeof one === 'string' ? bytesOf(one) : null;
      if (bytes === null) return { field, message: 'expected an image as data URI, base64 or address' };
      images.push(bytes);
    }
  }
  return images;
}

/** An image as a data URI or as plain base64; null if it is neither. */
function bytesOf(text: string): Uint8Array | null {
  const data = /^data:[\w/+.-]*;base64,(.*)$/s.exec(text)?.[1] ?? text;
  return /^[A-Za-z0-9+/]{8,}={0,2}$/.test(data) ? Buffer.from(data, 'base64') : null;
}
