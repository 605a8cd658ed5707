import { z } from 'zod';

const partSchema = z.looseObject({ type: z.string(), text: z.string().nullish() });

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  // Text, an array of parts (text, image_url, input_audio, file ...), or null with tool calls.
  content: z.union([z.string(), z.array(partSchema), z.null()]).optional(),
  tool_calls: z.array(z.looseObject({})).nullish(),
});

/** Above every model's limit, and small enough to be multiplied by any price. */
const tokenLimitSchema = z.number().int().positive().max(2_147_483_647);

/**
 * `POST /chat/completions`: the fields that the gateway reads. All others are forwarded unchanged; an unknown field
 * is never an error.
 */
export const chatBodySchema = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  max_tokens: tokenLimitSchema.nullish(),
  max_completion_tokens: tokenLimitSchema.nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  n: z.number().int().min(1).max(128).nullish(),
  user: z.string().nullish(),
  // Only the outline is checked: providers extend these fields often.
  tools: z.array(z.looseObject({})).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
});
export type ChatBody = z.infer<typeof chatBodySchema>;
