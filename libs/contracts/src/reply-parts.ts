import { z } from 'zod';
import { attemptViewSchema } from './attempt.js';
import { chatChunkSchema, chatUsageSchema } from './chat-chunk.js';
import { apiErrorSchema } from './error-codes.js';

/** Where an answer came from and what it cost: the public `metadata` object of every answer. */
export const answerMetadataSchema = z.object({
  model: z.string(),
  executed_model: z.string(),
  provider: z.string(),
  provider_name: z.string(),
  /** USD; equals what the ledger is charged. */
  cost: z.number(),
  cost_currency: z.literal('USD'),
  attempts: z.array(attemptViewSchema),
});
export type AnswerMetadata = z.infer<typeof answerMetadataSchema>;

/** A file in the media store: the bytes never travel, only this reference. */
export const storedFileSchema = z.object({
  /** The store's own unguessable name, with extension; also the last part of its public URL. */
  name: z.string(),
  contentType: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  /** Unix ms after which the file is gone. */
  expiresAt: z.number().int(),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

export const generatedImageSchema = z.object({
  file: storedFileSchema,
  /** Measured on the stored file. */
  width: z.number().int(),
  height: z.number().int(),
  format: z.string(),
  revisedPrompt: z.string().nullable(),
});
export type GeneratedImage = z.infer<typeof generatedImageSchema>;

/**
 * What a worker sends back to the one gateway process that waits. Exactly one of the last three ends an answer, and it is
 * sent only after the usage record is durable.
 */
export const replyPartSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('chunk'),
    chunk: chatChunkSchema,
    /** Who speaks; with the first chunk of a run. */
    provider: z.string().optional(),
  }),
  z.object({ type: z.literal('chat-end'), usage: chatUsageSchema, metadata: answerMetadataSchema }),
  z.object({
    type: z.literal('images'),
    images: z.array(generatedImageSchema).min(1),
    metadata: answerMetadataSchema,
    /** Unix seconds; a repeat is told the same. */
    created: z.number().int().optional(),
  }),
  z.object({ type: z.literal('error'), error: apiErrorSchema, executedModel: z.string().nullable() }),
]);
export type ReplyPart = z.infer<typeof replyPartSchema>;

/**
 * One message of the reply channel. `run` counts the times the job was started (a second run means that its first
 * worker died), `seq` the messages of that run from 0: a receiver sees gaps and drops what an older run still says.
 */
export const replyMessageSchema = z.object({
  requestId: z.string(),
  run: z.number().int().positive(),
  seq: z.number().int().nonnegative(),
  parts: z.array(replyPartSchema).min(1),
});
export type ReplyMessage = z.infer<typeof replyMessageSchema>;
