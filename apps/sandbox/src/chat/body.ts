import { z } from 'zod';
import type { Attachments } from '../tokens/canned-text.js';

const contentPartSchema = z.looseObject({ type: z.string(), text: z.string().optional() });

const messageSchema = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(contentPartSchema)]).nullish(),
});

const toolSchema = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({ name: z.string().min(1), parameters: z.unknown().optional() }),
});

/** The part of a chat completion request that the sandbox acts on; other fields are accepted and ignored. */
export const chatBodySchema = z.looseObject({
  model: z.string().min(1),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  n: z.int().min(1).max(16).nullish(),
  tools: z.array(toolSchema).nullish(),
  tool_choice: z.unknown().optional(),
  response_format: z.looseObject({ type: z.string(), json_schema: z.unknown().optional() }).nullish(),
});
export type ChatBody = z.infer<typeof chatBodySchema>;
export type ChatMessage = z.infer<typeof messageSchema>;

/** A message's text; the text parts of a multimodal one, one per line. */
export function textOfMessage(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).flatMap((part) => (part.text === undefined ? [] : [part.text])).join('\n');
}

/** The last message of the user: directives are read from it. */
export function promptOf(body: ChatBody): string {
  const last = body.messages.findLast((message) => message.role === 'user');
  return last === undefined ? '' : textOfMessage(last);
}

/** The attachments of the whole conversation. */
export function attachmentsOf(body: ChatBody): Attachments {
  const found = { images: 0, sounds: 0, files: 0 };
  for (const { content } of body.messages) {
    if (!Array.isArray(content)) continue;
    for (const { type } of content) {
      if (type === 'image_url') found.images += 1;
      else if (type === 'input_audio') found.sounds += 1;
      else if (type === 'file' || type === 'video_url') found.files += 1;
    }
  }
  return found;
}
