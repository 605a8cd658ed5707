import { z } from 'zod';
import type { ChatBody, ChatMessage } from '../chat/body.js';

const blockSchema = z.looseObject({
  type: z.string(),
  text: z.string().min(1).optional(),
  cache_control: z.unknown().optional(),
  id: z.string().optional(),
  tool_use_id: z.string().optional(),
});
export type SentBlock = z.infer<typeof blockSchema>;
const contentSchema = z.union([z.string().min(1), z.array(blockSchema).min(1)]);

/** A request for a message. Unknown fields are refused, as Anthropic does. */
export const anthropicBodySchema = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().positive(),
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), content: contentSchema })).min(1),
  system: contentSchema.optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().optional(),
  top_k: z.int().optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(z.looseObject({ name: z.string().min(1), input_schema: z.unknown().optional() })).optional(),
  tool_choice: z.looseObject({ type: z.enum(['auto', 'any', 'tool', 'none']), name: z.string().optional() }).optional(),
  thinking: z
    .looseObject({ type: z.enum(['enabled', 'adaptive', 'disabled']), budget_tokens: z.int().min(1_024).optional() })
    .optional(),
  output_config: z
    .looseObject({ format: z.looseObject({ type: z.literal('json_schema'), schema: z.unknown() }).optional() })
    .optional(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).optional(),
  service_tier: z.string().optional(),
  container: z.unknown().optional(),
  context_management: z.unknown().optional(),
  mcp_servers: z.unknown().optional(),
  cache_control: z.unknown().optional(),
});
export type AnthropicBody = z.infer<typeof anthropicBodySchema>;

export const blocksOf = (content: string | SentBlock[] | undefined): SentBlock[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []);

/** What Anthropic refuses beyond the schema; null if nothing. */
export function problemIn(body: AnthropicBody): { field: string; message: string } | null {
  const budget = body.thinking?.type === 'enabled' ? body.thinking.budget_tokens : undefined;
  if (budget !== undefined && budget >= body.max_tokens) {
    return { field: 'max_tokens', message: '`max_tokens` must be greater than `thinking.budget_tokens`' };
  }
  if (thinks(body) && body.temperature !== undefined && body.temperature !== 1) {
    return { field: 'temperature', message: '`temperature` may only be set to 1 when thinking is enabled' };
  }
  for (const [index, message] of body.messages.entries()) {
    const before = blocksOf(body.messages[index - 1]?.content);
    const results = blocksOf(message.content).filter(({ type }) => type === 'tool_result');
    const stray = results.find(
      ({ tool_use_id: id }) => !before.some((block) => block.type === 'tool_use' && block.id === id),
    );
    if (stray !== undefined) {
      return {
        field: `messages.${index}`,
        message: `unexpected tool_use_id found in tool_result: ${stray.tool_use_id}`,
      };
    }
    const calls = before.filter(({ type }) => type === 'tool_use');
    const unanswered = calls.find(({ id }) => !results.some(({ tool_use_id: answered }) => answered === id));
    if (unanswered !== undefined) {
      return { field: `messages.${index}`, message: `tool_use ids without tool_result: ${unanswered.id}` };
    }
  }
  return null;
}

export const thinks = ({ thinking }: AnthropicBody): boolean => thinking !== undefined && thinking.type !== 'disabled';

/** The request as a chat completion, from which the sandbox decides its answer. */
export function asChat(body: AnthropicBody): ChatBody {
  const choice = body.tool_choice;
  const format = body.output_config?.format;
  return {
    model: body.model,
    messages: [
      ...(body.system === undefined ? [] : [{ role: 'system', content: blocksOf(body.system).map(partOf) }]),
      ...body.messages.map(messageOf),
    ],
    max_tokens: body.max_tokens,
    tools: (body.tools ?? []).map(({ name, input_schema: parameters }) => ({
      type: 'function' as const,
      function: { name, parameters },
    })),
    ...(choice === undefined ? {} : { tool_choice: choiceOf(choice) }),
    ...(format === undefined
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { schema: format.schema } } }),
  };
}

const choiceOf = ({ type, name }: { type: string; name?: string | undefined }): unknown =>
  type === 'tool' ? { type: 'function', function: { name } } : type;

/** Results of tools have a role of their own, as in OpenAI's form. */
function messageOf({ role, content }: AnthropicBody['messages'][number]): ChatMessage {
  const blocks = blocksOf(content);
  const isResult = blocks.length > 0 && blocks.every(({ type }) => type === 'tool_result');
  return { role: isResult ? 'tool' : role, content: blocks.map(partOf) };
}

function partOf(block: SentBlock): { type: string; text?: string } {
  switch (block.type) {
    case 'image':
      return { type: 'image_url' };
    case 'document':
      return { type: 'file' };
    case 'text':
      return { type: 'text', text: block.text ?? '' };
    case 'tool_result': {
      const content = typeof block['content'] === 'string' ? block['content'] : JSON.stringify(block['content'] ?? '');
      return { type: 'text', text: content };
    }
    default:
      return { type: block.type };
  }
}
