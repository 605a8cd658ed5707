import { randomBytes } from 'node:crypto';
import { json, type Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { Behaviour } from '../directives/behaviour.js';
import { measureImages } from '../rendering/image-renderer.js';
import type { Size } from '../rendering/media.js';
import { promptOf, promptUsage, sentFiles, type GeminiBody } from './body.js';

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

/** Factor on 1K, and the tokens that are billed for one image. */
const TIERS: Readonly<Record<string, { factor: number; tokens: number }>> = {
  '512': { factor: 0.5, tokens: 747 },
  '0.5K': { factor: 0.5, tokens: 747 },
  '1K': { factor: 1, tokens: 1120 },
  '2K': { factor: 2, tokens: 1120 },
  '4K': { factor: 4, tokens: 2000 },
};

export interface GeminiImage extends Size {
  tokens: number;
}

/** What `imageConfig` asks for, or the name of the field whose value is unknown. */
export function imageOf(
  model: string,
  config: { aspectRatio?: string | undefined; imageSize?: string | undefined } | undefined,
): { ok: true; image: GeminiImage } | { ok: false; field: string } {
  const side = AT_1K[config?.aspectRatio ?? '1:1'];
  if (side === undefined) return { ok: false, field: 'aspect_ratio' };
  const tier = TIERS[config?.imageSize ?? '1K'];
  if (tier === undefined) return { ok: false, field: 'image_size' };
  // The 2.5 model makes one size, for 1,290 tokens whatever its shape.
  const older = model.startsWith('gemini-2.5');
  const factor = older ? 1 : tier.factor;
  return {
    ok: true,
    image: { width: side[0] * factor, height: side[1] * factor, tokens: older ? 1290 : tier.tokens },
  };
}

/** An answer of a model that makes images. */
export async function answerImage(call: Call, model: string, body: GeminiBody, behaviour: Behaviour): Promise<Answer> {
  const asked = imageOf(model, body.generationConfig?.imageConfig);
  if (!asked.ok) return call.refuse.invalid('Invalid value.', `generation_config.image_config.${asked.field}`);
  if (behaviour.empty) return generated(call, model, body, { parts: [], finishReason: 'NO_IMAGE', tokens: 0 });
  const { width, height, tokens } = asked.image;
  const insets = sentFiles(body).flatMap((file) => (file.mimeType.startsWith('image/') ? [file.bytes] : []));
  if ((await measureImages(insets)) === null) return call.refuse.invalid('Unable to process input image.', null);
  const caption = `${model} · ${width} × ${height}`;
  const bytes = await call.context.images.render({ prompt: promptOf(body), caption, width, height, insets }, 'png');
  const wantsText = body.generationConfig?.responseModalities?.includes('TEXT') === true;
  const parts = [
    ...(wantsText ? [{ text: 'Here is an image from the sandbox.' }] : []),
    { inlineData: { mimeType: 'image/png', data: bytes.toString('base64') } },
  ];
  return generated(call, model, body, { parts, finishReason: 'STOP', tokens });
}

async function generated(
  call: Call,
  model: string,
  body: GeminiBody,
  { parts, finishReason, tokens }: { parts: unknown[]; finishReason: string; tokens: number },
): Promise<Answer> {
  const prompt = await promptUsage(body, call.context.tokenizer);
  const content = parts.length > 0 ? { content: { role: 'model', parts } } : {};
  return json(200, {
    candidates: [{ ...content, finishReason, index: 0 }],
    usageMetadata: {
      promptTokenCount: prompt.tokens,
      candidatesTokenCount: tokens,
      totalTokenCount: prompt.tokens + tokens,
      promptTokensDetails: prompt.details,
      ...(tokens > 0 ? { candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: tokens }] } : {}),
    },
    modelVersion: model,
    responseId: randomBytes(12).toString('base64url'),
  });
}
