import { z } from 'zod';

/** OpenAI's usage object, with OpenRouter's `cost`. Unknown fields stay. */
export const chatUsageSchema = z.looseObject({
  prompt_tokens: z.number().int().nonnegative(),
  completion_tokens: z.number().int().nonnegative(),
  total_tokens: z.number().int().nonnegative().optional(),
  prompt_tokens_details: z
    .looseObject({ cached_tokens: z.number().int().nullish(), cache_write_tokens: z.number().int().nullish() })
    .nullish(),
  completion_tokens_details: z.looseObject({ reasoning_tokens: z.number().int().nullish() }).nullish(),
  /** USD, only from providers that report it. */
  cost: z.number().nonnegative().nullish(),
});
export type ChatUsage = z.infer<typeof chatUsageSchema>;

const toolCallDeltaSchema = z.looseObject({
  index: z.number().int().optional(),
  id: z.string().nullish(),
  type: z.string().nullish(),
  function: z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

const chunkChoiceSchema = z.looseObject({
  index: z.number().int(),
  delta: z.looseObject({
    role: z.string().nullish(),
    content: z.string().nullish(),
    tool_calls: z.array(toolCallDeltaSchema).nullish(),
  }),
  finish_reason: z.string().nullish(),
});

/**
 * `chat.completion.chunk`: the internal form of every chat answer, whatever the provider's protocol and whether or
 * not the client streams.
 */
export const chatChunkSchema = z.looseObject({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: z.number().int(),
  model: z.string(),
  choices: z.array(chunkChoiceSchema),
  usage: chatUsageSchema.nullish(),
});
export type ChatChunk = z.infer<typeof chatChunkSchema>;
