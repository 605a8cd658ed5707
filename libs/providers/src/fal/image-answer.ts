import { z } from 'zod';
import { succeeded, type JsonAnswer } from '../http/index.js';
import type { ImageGeneration, Outcome } from '../spec/index.js';
import { noMedia } from './queue.js';

const fileSchema = z.looseObject({ url: z.string().min(1) });
const resultSchema = z.looseObject({
  images: z.array(fileSchema).nullish(),
  image: fileSchema.nullish(),
  has_nsfw_concepts: z.array(z.boolean()).nullish(),
});

/**
 * A finished job's pictures. One that the model's own checker marked comes as a black square: that is a refusal, not
 * a picture.
 */
export function falImageAnswer({ body }: JsonAnswer): Outcome<ImageGeneration> {
  const parsed = resultSchema.safeParse(body);
  const { images, image, has_nsfw_concepts: marked } = parsed.success ? parsed.data : {};
  const files = images ?? (image ? [image] : []);
  const shown = files.filter((_, position) => marked?.[position] !== true);
  if (shown.length > 0) {
    return succeeded({
      images: shown.map(({ url }) => ({ source: { kind: 'url', url }, revisedPrompt: null })),
      usage: null,
      reportedCostUsd: null,
    });
  }
  if (files.length === 0) return { ok: false, failure: noMedia('image') };
  return {
    ok: false,
    failure: { ...noMedia('image'), kind: 'moderation', message: 'The provider refused the content' },
  };
}
