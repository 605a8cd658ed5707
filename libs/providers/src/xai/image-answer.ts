import { z } from 'zod';
import { failed, succeeded } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderImage } from '../spec/index.js';

const answerSchema = z.object({
  data: z
    .array(
      z.looseObject({
        b64_json: z.string().nullish(),
        url: z.string().nullish(),
        revised_prompt: z.string().nullish(),
        /** False where the picture did not pass the moderation: there is none then. */
        respect_moderation: z.boolean().nullish(),
      }),
    )
    .nullish(),
  usage: z.looseObject({ cost_in_usd_ticks: z.number().int().nonnegative().nullish() }).nullish(),
});

/** The answer of `/images/generations` and `/images/edits`, with what the call cost. */
export function xaiImageAnswer(body: unknown): Outcome<ImageGeneration> {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent an answer that cannot be read');
  const entries = parsed.data.data ?? [];
  const images = entries.flatMap((entry): ProviderImage[] => {
    const revisedPrompt = entry.revised_prompt || null;
    if (entry.respect_moderation === false) return [];
    if (entry.b64_json) {
      // Some answers have a data URI here.
      const base64 = entry.b64_json.slice(entry.b64_json.indexOf(',') + 1);
      return [{ source: { kind: 'bytes', bytes: Buffer.from(base64, 'base64') }, revisedPrompt }];
    }
    return entry.url ? [{ source: { kind: 'url', url: entry.url }, revisedPrompt }] : [];
  });
  if (images.length > 0) {
    const ticks = parsed.data.usage?.cost_in_usd_ticks;
    return succeeded({
      images,
      usage: null,
      reportedCostUsd: ticks === null || ticks === undefined ? null : usdOf(ticks),
    });
  }
  const moderated = entries.some((entry) => entry.respect_moderation === false);
  return moderated
    ? failed('moderation', 'The provider refused the content')
    : failed('empty', 'The provider returned no image');
}

/** Ten thousand million ticks are a dollar. */
function usdOf(ticks: number): string {
  const digits = String(ticks).padStart(11, '0');
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`.replace(/\.?0+$/, '');
}
