import { z } from 'zod';
import { attemptViewSchema } from './attempt.js';
import { chatChunkSchema, chatUsageSchema } from './chat-chunk.js';
import { apiErrorSchema } from './error-codes.js';
import { storedFileSchema } from './stored-file.js';

/** Which provider answered and at which cost: the public `metadata` object of every answer. */
export const answerMetadataSchema = z.object({
  model: z.string(),
  executed_model: z.string(),
  provider: z.string(),
  provider_name: z.string(),
  /** USD; equal to the ledger entry. */
  cost: z.number(),
  cost_currency: z.literal('USD'),
  attempts: z.array(attemptViewSchema),
});
export type AnswerMetadata = z.infer<typeof answerMetadataSchema>;

export const generatedImageSchema = z.object({
  file: storedFileSchema,
  /** Measured on the stored file. */
  width: z.number().int(),
  height: z.number().int(),
  format: z.string(),
  revisedPrompt: z.string().nullable(),
});
export type GeneratedImage = z.infer<typeof generatedImageSchema>;

/** Tokens of an image request, in OpenAI's words. */
export const imageUsageSchema = z.object({
  total_tokens: z.number().int().nonnegative(),
  input_tokens: z.number().int().nonnegative(),
  output_tokens: z.number().int().nonnegative(),
  input_tokens_details: z.object({
    text_tokens: z.number().int().nonnegative(),
    image_tokens: z.number().int().nonnegative(),
    cached_tokens: z.number().int().nonnegative().optional(),
  }),
});
export type ImageUsage = z.infer<typeof imageUsageSchema>;

/**
 * What a worker sends to the gateway process that waits for the answer. Exactly one of the last three types ends an
 * answer; it is sent after the usage record is durable.
 */
export const replyPartSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('chunk'),
    chunk: chatChunkSchema,
    /** Provider slug; sent with the first chunk of a run. */
    provider: z.string().optional(),
  }),
  z.object({ type: z.literal('chat-end'), usage: chatUsageSchema, metadata: answerMetadataSchema }),
  z.object({
    type: z.literal('images'),
    images: z.array(generatedImageSchema).min(1),
    metadata: answerMetadataSchema,
    /** Only of models that are priced by token. */
    usage: imageUsageSchema.optional(),
    /** Unix seconds; an idempotent replay returns the same value. */
    created: z.number().int().optional(),
  }),
  z.object({ type: z.literal('error'), error: apiErrorSchema, executedModel: z.string().nullable() }),
]);
export type ReplyPart = z.infer<typeof replyPartSchema>;

/**
 * One message of the reply channel. `run` counts the starts of the job (2 after its first worker died); `seq` counts
 * the messages of that run from 0. The receiver detects gaps and drops messages of older runs.
 */
export const replyMessageSchema = z.object({
  requestId: z.string(),
  run: z.number().int().positive(),
  seq: z.number().int().nonnegative(),
  parts: z.array(replyPartSchema).min(1),
});
export type ReplyMessage = z.infer<typeof replyMessageSchema>;
