import type { Quantity } from '@lumenfall/contracts';
import { z } from 'zod';
import { failed, succeeded } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderImage } from '../spec/index.js';

const count = z.number().int().nonnegative();

const usageSchema = z.object({
  input_tokens: count,
  output_tokens: count,
  input_tokens_details: z.object({ text_tokens: count.default(0), image_tokens: count.default(0) }).nullish(),
  output_tokens_details: z.object({ text_tokens: count.default(0), image_tokens: count.default(0) }).nullish(),
});

const answerSchema = z.object({
  data: z
    .array(
      z.object({ b64_json: z.string().nullish(), url: z.string().nullish(), revised_prompt: z.string().nullish() }),
    )
    .nullish(),
  usage: z.unknown().optional(),
});

/** The answer of `/images/generations`: GPT image models always give base64, older ones addresses. */
export function openAiImageAnswer(body: unknown): Outcome<ImageGeneration> {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent an answer that cannot be read');
  const images = (parsed.data.data ?? []).flatMap((entry): ProviderImage[] => {
    const revisedPrompt = entry.revised_prompt ?? null;
    if (entry.b64_json)
      return [{ source: { kind: 'bytes', bytes: Buffer.from(entry.b64_json, 'base64') }, revisedPrompt }];
    return entry.url ? [{ source: { kind: 'url', url: entry.url }, revisedPrompt }] : [];
  });
  if (images.length === 0) return failed('empty', 'The provider returned no image');
  return succeeded({ images, usage: openAiImageUsage(parsed.data.usage), reportedCostUsd: null });
}

/** Tokens by what they encode: text and images in, images (and, with newer models, thoughts as text) out. */
export function openAiImageUsage(value: unknown): Quantity[] | null {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success) return null;
  const { input_tokens, output_tokens, input_tokens_details: input, output_tokens_details: output } = parsed.data;
  const imagesIn = input?.image_tokens ?? 0;
  const textOut = output?.text_tokens ?? 0;
  const quantities: Quantity[] = [
    // The totals are the truth; what is not told apart is text going in and images coming out.
    { type: 'input', metric: 'token', of: 'text', quantity: Math.max(0, input_tokens - imagesIn) },
    { type: 'input', metric: 'token', of: 'image', quantity: imagesIn },
    { type: 'output', metric: 'token', of: 'text', quantity: textOut },
    { type: 'output', metric: 'token', of: 'image', quantity: Math.max(0, output_tokens - textOut) },
  ];
  return quantities.filter(({ quantity }) => quantity > 0);
}
