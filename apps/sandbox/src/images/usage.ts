import type { GptImageQuality } from './body.js';

/** Output tokens of one image, as OpenAI publishes them for the GPT image models. */
const OUTPUT_TOKENS: Readonly<Record<GptImageQuality, Readonly<Record<'square' | 'portrait' | 'landscape', number>>>> =
  {
    low: { square: 272, portrait: 408, landscape: 400 },
    medium: { square: 1056, portrait: 1584, landscape: 1568 },
    high: { square: 4160, portrait: 6240, landscape: 6208 },
  };

const PUBLISHED_AREA = { square: 1024 * 1024, portrait: 1024 * 1536, landscape: 1536 * 1024 };

/** Tokens of one picture; sizes that are not in the table by their area. */
export function outputTokens(quality: GptImageQuality, width: number, height: number): number {
  const shape = width === height ? 'square' : width < height ? 'portrait' : 'landscape';
  return Math.round((OUTPUT_TOKENS[quality][shape] * width * height) / PUBLISHED_AREA[shape]);
}

/** Tokens of a picture that was sent in: 65, and 129 for each tile of 512, its shorter side brought to 512 first. */
export function inputImageTokens(width: number, height: number): number {
  const scale = Math.min(1, 512 / Math.min(width, height));
  return 65 + 129 * Math.ceil((width * scale) / 512) * Math.ceil((height * scale) / 512);
}

/** `usage` of an image answer. */
export function imageUsageBody(input: { text: number; image: number }, output: number): Record<string, unknown> {
  return {
    input_tokens: input.text + input.image,
    input_tokens_details: { text_tokens: input.text, image_tokens: input.image },
    output_tokens: output,
    output_tokens_details: { text_tokens: 0, image_tokens: output },
    total_tokens: input.text + input.image + output,
  };
}
