import type { ChatBody } from '@lumenfall/contracts';
import { z } from 'zod';
import { fieldsLeft, stopsOf, tokenLimitOf } from '../chat/fields-left.js';
import { readJsonFormat } from '../chat/json-format.js';
import { readReasoningWish } from '../chat/reasoning-wish.js';
import type { ChatCall } from '../chat/stream-chat.js';
import { failed } from '../http/index.js';
import { isRecord } from '../openai-compatible/unknown-fields.js';
import type { Outcome } from '../spec/index.js';
import { anthropicMessages } from './chat-messages.js';
import { anthropicTools } from './chat-tools.js';
import { anthropicSchema } from './json-schema.js';
import { anthropicThinking } from './thinking.js';

/** The catalog's parameter table of an Anthropic model. */
export const anthropicChatParametersSchema = z.looseObject({
  /**
   * Sent where the client sets no limit, because Anthropic wants one. As much as the smallest of its present models gives: an
   * answer is not cut short that OpenAI's protocol would have let end, and only what is said is paid for.
   */
  max_tokens: z.number().int().positive().default(32_000),
  /** How the model is told to think; by its name where the catalog is silent. */
  thinking: z.enum(['adaptive', 'budget']).optional(),
});

const JSON_ONLY = 'Answer with one JSON object and nothing else: no explanation, no code fence.';

/**
 * The client's body as `POST /messages`. Fields that are not translated go upstream as they came: Anthropic refuses what it does not
 * know, and names it.
 */
export function anthropicRequest(
  body: ChatBody,
  model: string,
  parameters: Record<string, unknown>,
): Outcome<ChatCall> {
  if ((body.n ?? 1) > 1) return failed('client', 'n: Anthropic gives one answer to a request, not several');
  const table = anthropicChatParametersSchema.parse(parameters);
  const maxTokens = tokenLimitOf(body) ?? table.max_tokens;
  const format = readJsonFormat(body);
  const { system, messages } = anthropicMessages(body.messages);
  const tools = anthropicTools(body);
  const wish = readReasoningWish(body);
  const thinking = anthropicThinking(wish, { model, kind: table.thinking, maxTokens, messages, tools });
  const { output_config: ownConfig, metadata, ...others } = fieldsLeft(body, ['seed']);
  const outputConfig = {
    ...(isRecord(ownConfig) ? ownConfig : {}),
    ...(thinking.effort === null ? {} : { effort: thinking.effort }),
    ...(format?.kind === 'schema' ? { format: { type: 'json_schema', schema: anthropicSchema(format.schema) } } : {}),
  };
  // Without a schema there is no JSON mode: the wish becomes an instruction.
  const instructions = format?.kind === 'object' ? [...system, { type: 'text', text: JSON_ONLY }] : system;
  const account = metadataOf(body, metadata);
  return {
    ok: true,
    value: {
      target: '/messages',
      body: {
        ...(thinking.thinks ? withoutTopK(others) : others),
        model,
        max_tokens: maxTokens,
        stream: true,
        ...(instructions.length > 0 ? { system: instructions } : {}),
        messages,
        ...tools,
        ...(thinking.thinking === null ? {} : { thinking: thinking.thinking }),
        ...(Object.keys(outputConfig).length > 0 ? { output_config: outputConfig } : {}),
        ...(stopsOf(body) === null ? {} : { stop_sequences: stopsOf(body) }),
        ...(thinking.thinks ? {} : sampling(body, model)),
        ...(account === null ? {} : { metadata: account }),
      },
    },
  };
}

/** Claude up to 4 takes a temperature and `top_p` together; from 4.1 on it refuses a request that names both. */
const TAKES_BOTH = /^claude-(?:[123]\b|instant|(?:opus|sonnet)-4(?:-0)?(?:-\d{8})?$)/;

/**
 * While it thinks, Claude knows no sampling but its own. Its temperature ends at 1, where OpenAI's goes to 2. Of two that it does not
 * take together the temperature is what most clients mean, unless it is the one that holds anyway.
 */
function sampling({ temperature, top_p }: ChatBody, model: string): Record<string, unknown> {
  const topP = typeof top_p === 'number' ? { top_p } : {};
  if (typeof temperature !== 'number') return topP;
  const own = { temperature: Math.min(temperature, 1) };
  if (TAKES_BOTH.test(model)) return { ...own, ...topP };
  return own.temperature === 1 && typeof top_p === 'number' && top_p < 1 ? topP : own;
}

function withoutTopK({ top_k: _, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return fields;
}

/** OpenAI's `metadata` labels stored answers; of it Anthropic knows only `user_id`. */
function metadataOf({ user }: ChatBody, given: unknown): { user_id: unknown } | null {
  if (isRecord(given) && given['user_id'] !== undefined) return { user_id: given['user_id'] };
  return typeof user === 'string' && user !== '' ? { user_id: user } : null;
}
