import { z } from 'zod';

/** A form sends numbers as text. */
const count = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** `POST images/generations`, and `POST images/edits` without its files. Strict as OpenAI is: unknown fields are errors. */
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

export type GptImageQuality = 'low' | 'medium' | 'high';

export const isGptImage = (model: string): boolean => /^(gpt-image|chatgpt-image)/.test(model);

/** `auto` is ours to settle: OpenAI's default picture is square. */
export function sizeOf(model: string, size: string | null | undefined): { width: number; height: number } | null {
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

/** `auto` is ours to settle, too: medium. `hd` and `standard` are DALL-E's names. */
export const qualityOf = (quality: ImageBody['quality']): GptImageQuality =>
  quality === 'low' ? 'low' : quality === 'high' || quality === 'hd' ? 'high' : 'medium';
