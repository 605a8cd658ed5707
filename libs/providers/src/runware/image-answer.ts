import { Decimal } from 'decimal.js';
import { z } from 'zod';
import { failed, kindOfStatus, succeeded } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderImage } from '../spec/index.js';
import { errorsOf, kindOfCode } from './errors.js';

const answerSchema = z.looseObject({
  data: z
    .array(
      z.looseObject({
        imageURL: z.string().nullish(),
        imageBase64Data: z.string().nullish(),
        NSFWContent: z.boolean().nullish(),
        /** USD, of this picture. */
        cost: z.number().nonnegative().nullish(),
      }),
    )
    .nullish(),
});

/** The results of one task: some pictures, some errors, or both. What was made is taken, and costs what it says. */
export function runwareImageAnswer(body: unknown, secrets: readonly string[]): Outcome<ImageGeneration> {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent an answer that cannot be read');
  const entries = parsed.data.data ?? [];
  const shown = entries.filter((entry) => entry.NSFWContent !== true && (entry.imageURL || entry.imageBase64Data));
  if (shown.length > 0) {
    const images = shown.map(({ imageURL, imageBase64Data }): ProviderImage => {
      if (imageURL) return { source: { kind: 'url', url: imageURL }, revisedPrompt: null };
      return { source: { kind: 'bytes', bytes: Buffer.from(imageBase64Data ?? '', 'base64') }, revisedPrompt: null };
    });
    return succeeded({ images, usage: null, reportedCostUsd: costOf(shown) });
  }
  if (entries.some((entry) => entry.NSFWContent === true))
    return failed('moderation', 'The provider refused the content');
  const [error] = errorsOf(body);
  if (error === undefined) return failed('empty', 'The provider returned no image');
  return failed(kindOfCode(error.code) ?? kindOfStatus(400), error.message ?? null, { secrets });
}

/** Null where one of them names no cost. */
function costOf(entries: readonly { cost?: number | null | undefined }[]): string | null {
  const costs = entries.map(({ cost }) => cost ?? null);
  if (costs.includes(null)) return null;
  return costs.reduce<Decimal>((sum, cost) => sum.plus(cost ?? 0), new Decimal(0)).toFixed();
}
