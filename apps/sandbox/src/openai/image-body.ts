import { z } from 'zod';
import type { Size } from '../rendering/media.js';

/** A form sends numbers as text. */
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * `POST images/generations`, and `POST images/edits` without its files. Strict like OpenAI: unknown fields are errors.
 */
export const imageBodySchema = z.strictObject({
  model: z.string().min(1),
  prompt: z.string().min(1).max(32_000),
  n: count(1, 10).nullish(),
  size: z.string().nullish(),
  quality: z.enum(['auto', 'low', 'medium', 'high', 'standard', 'hd']).nullish(),
  output_format: z.enum(['png', 'jpeg', 'webp']).nullish(),
  output_compression: count(0, 100).nullish(),
  background: z.enum(['auto', 'transparent', 'opaque']).nullish(),
  moderation: z.enum(['auto', 'low']).nullish(),
  response_format: z.enum(['url', 'b64_json']).nullish(),
  style: z.string().nullish(),
  input_fidelity: z.enum(['low', 'high']).nullish(),
  user: z.string().nullish(),
});
export type ImageBody = z.infer<typeof imageBodySchema>;

type Quality = 'low' | 'medium' | 'high';

export const isGptImage = (model: string): boolean => /^(gpt-image|chatgpt-image)/.test(model);

/** `auto` is 1024x1024, OpenAI's default. Null if the model does not offer the size. */
export function sizeOf(model: string, size: string | null | undefined): Size | null {
  const asked = size === null || size === undefined || size === 'auto' ? '1024x1024' : size;
  const match = /^(\d{2,4})x(\d{2,4})$/.exec(asked);
  if (match === null) return null;
  const [width, height] = [Number(match[1]), Number(match[2])];
  return fits(model, asked, width, height) ? { width, height } : null;
}

function fits(model: string, size: string, width: number, height: number): boolean {
  if (model.startsWith('gpt-image-2')) {
    const ratio = width / height;
    return width % 16 === 0 && height % 16 === 0 && ratio >= 1 / 3 && ratio <= 3 && Math.max(width, height) <= 3840;
  }
  if (isGptImage(model)) return ['1024x1024', '1536x1024', '1024x1536'].includes(size);
  return width >= 64 && height >= 64 && width <= 4096 && height <= 4096;
}

/** `auto` is medium. `hd` and `standard` are DALL-E's names. */
export const qualityOf = (quality: ImageBody['quality']): Quality =>
  quality === 'low' ? 'low' : quality === 'high' || quality === 'hd' ? 'high' : 'medium';

/** Output tokens of one image, as OpenAI publishes them for the GPT image models. */
const OUTPUT_TOKENS: Readonly<Record<Quality, Readonly<Record<'square' | 'portrait' | 'landscape', number>>>> = {
  low: { square: 272, portrait: 408, landscape: 400 },
  medium: { square: 1056, portrait: 1584, landscape: 1568 },
  high: { square: 4160, portrait: 6240, landscape: 6208 },
};

const PUBLISHED_AREA = { square: 1024 * 1024, portrait: 1024 * 1536, landscape: 1536 * 1024 };

/** Tokens of one image; sizes that are not in the table by their area. */
export function outputTokens(quality: Quality, width: number, height: number): number {
  const shape = width === height ? 'square' : width < height ? 'portrait' : 'landscape';
  return Math.round((OUTPUT_TOKENS[quality][shape] * width * height) / PUBLISHED_AREA[shape]);
}

/** Tokens of an image that was sent: 65, and 129 for each tile of 512, its shorter side scaled down to 512 first. */
export function inputImageTokens({ width, height }: Size): number {
  const scale = Math.min(1, 512 / Math.min(width, height));
  return 65 + 129 * Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512);
}
