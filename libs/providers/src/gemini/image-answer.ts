import type { Quantity } from '@lumenfall/contracts';
import { z } from 'zod';
import { failed, failure, succeeded } from '../http/index.js';
import type { ImageGeneration, Outcome, ProviderFailure, ProviderImage } from '../spec/index.js';

const count = z.number().int().nonnegative();
const tokensSchema = z.array(z.object({ modality: z.string(), tokenCount: count.default(0) }));

const usageSchema = z.object({
  promptTokenCount: count.default(0),
  candidatesTokenCount: count.default(0),
  thoughtsTokenCount: count.default(0),
  promptTokensDetails: tokensSchema.nullish(),
  candidatesTokensDetails: tokensSchema.nullish(),
});

const partSchema = z.looseObject({
  inlineData: z.object({ mimeType: z.string().nullish(), data: z.string() }).nullish(),
  /** Drafts that a thinking model shows on the way; not the answer. */
  thought: z.boolean().nullish(),
});

const answerSchema = z.object({
  candidates: z
    .array(
      z.object({
        content: z.object({ parts: z.array(partSchema).nullish() }).nullish(),
        finishReason: z.string().nullish(),
      }),
    )
    .nullish(),
  promptFeedback: z.object({ blockReason: z.string().nullish() }).nullish(),
  usageMetadata: z.unknown().optional(),
});

/** The answer of `:generateContent`. A 200 without an image is a failure, and its reasons tell which one. */
export function geminiImageAnswer(body: unknown, model: string): Outcome<ImageGeneration> {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return failed('transient', 'The provider sent an answer that cannot be read');
  const { candidates, promptFeedback, usageMetadata } = parsed.data;
  const images = (candidates ?? []).flatMap(({ content }) =>
    (content?.parts ?? []).flatMap((part): ProviderImage[] =>
      part.inlineData && part.thought !== true
        ? [{ source: { kind: 'bytes', bytes: Buffer.from(part.inlineData.data, 'base64') }, revisedPrompt: null }]
        : [],
    ),
  );
  if (images.length > 0) return succeeded({ images, usage: geminiUsage(usageMetadata), reportedCostUsd: null });
  const finishReason = candidates?.find((candidate) => candidate.finishReason)?.finishReason ?? null;
  return { ok: false, failure: withoutImage(model, finishReason, promptFeedback?.blockReason ?? null) };
}

const MODERATED = new Set([
  'SAFETY',
  'IMAGE_SAFETY',
  'PROHIBITED_CONTENT',
  'IMAGE_PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'RECITATION',
  'IMAGE_RECITATION',
]);

function withoutImage(model: string, finishReason: string | null, blockReason: string | null): ProviderFailure {
  if (blockReason !== null) return failure('moderation', `The provider blocked the prompt (${blockReason})`);
  const reason = finishReason ?? 'no reason';
  if (MODERATED.has(reason)) return failure('moderation', `The provider refused the content (${reason})`);
  return failure('empty', `${model} returned ${reason} without image output`);
}

/** Tokens by modality; thoughts are text that went out. */
export function geminiUsage(value: unknown): Quantity[] | null {
  const parsed = usageSchema.safeParse(value);
  if (!parsed.success || value === undefined || value === null) return null;
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount } = parsed.data;
  const imagesIn = imageTokens(parsed.data.promptTokensDetails);
  const imagesOut = imageTokens(parsed.data.candidatesTokensDetails);
  const quantities: Quantity[] = [
    { type: 'input', metric: 'token', of: 'text', quantity: Math.max(0, promptTokenCount - imagesIn) },
    { type: 'input', metric: 'token', of: 'image', quantity: imagesIn },
    {
      type: 'output',
      metric: 'token',
      of: 'text',
      quantity: Math.max(0, candidatesTokenCount - imagesOut) + thoughtsTokenCount,
    },
    { type: 'output', metric: 'token', of: 'image', quantity: imagesOut },
  ];
  const some = quantities.filter(({ quantity }) => quantity > 0);
  return some.length > 0 ? some : null;
}

const imageTokens = (details: z.infer<typeof tokensSchema> | null | undefined): number =>
  (details ?? []).reduce((sum, { modality, tokenCount }) => sum + (modality === 'IMAGE' ? tokenCount : 0), 0);
