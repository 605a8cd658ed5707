/** Sizes that Gemini 3 image models make at 1K; 2K and 4K are twice and four times that, 0.5K half. */
const AT_1K: Readonly<Record<string, readonly [number, number]>> = {
  '1:1': [1024, 1024],
  '2:3': [848, 1264],
  '3:2': [1264, 848],
  '3:4': [896, 1200],
  '4:3': [1200, 896],
  '4:5': [928, 1152],
  '5:4': [1152, 928],
  '9:16': [768, 1376],
  '16:9': [1376, 768],
  '21:9': [1584, 672],
};

/** Factor on 1K, and the image tokens that are billed for one picture. */
const TIERS: Readonly<Record<string, { factor: number; tokens: number }>> = {
  '512': { factor: 0.5, tokens: 747 },
  '0.5K': { factor: 0.5, tokens: 747 },
  '1K': { factor: 1, tokens: 1120 },
  '2K': { factor: 2, tokens: 1120 },
  '4K': { factor: 4, tokens: 2000 },
};

export interface GeminiPicture {
  width: number;
  height: number;
  tokens: number;
}

/** What `imageConfig` asks for; the name of the field that says something unknown otherwise. */
export function pictureOf(
  model: string,
  config: { aspectRatio?: string | undefined; imageSize?: string | undefined } | undefined,
): { ok: true; picture: GeminiPicture } | { ok: false; field: string } {
  const side = AT_1K[config?.aspectRatio ?? '1:1'];
  if (side === undefined) return { ok: false, field: 'aspect_ratio' };
  const tier = TIERS[config?.imageSize ?? '1K'];
  if (tier === undefined) return { ok: false, field: 'image_size' };
  // The 2.5 model makes one size, for 1,290 tokens whatever its shape.
  const older = model.startsWith('gemini-2.5');
  const factor = older ? 1 : tier.factor;
  return {
    ok: true,
    picture: { width: side[0] * factor, height: side[1] * factor, tokens: older ? 1290 : tier.tokens },
  };
}
