import type { ChatBody } from '@lumenfall/contracts';
import { z } from 'zod';
import { type Effort, SHARE_OF_EFFORT, readReasoningRequest, type ReasoningRequest } from '../chat/reasoning.js';
import { untranslatedFields, readJsonFormat, stopSequencesOf, tokenLimitOf } from '../chat/request-fields.js';
import { BLANK_CONVERSATION } from '../chat/message-parts.js';
import type { ChatCall } from '../chat/stream-chat.js';
import { failed } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import type { Outcome } from '../spec/index.js';
import { type AnthropicMessage, anthropicMessages } from './chat-messages.js';
import { anthropicSchema, anthropicTools, type AnthropicTools } from './chat-tools.js';

/** The catalog's parameter table of an Anthropic model. */
export const anthropicChatParametersSchema = z.looseObject({
  /**
   * Sent if the client sets no limit, because Anthropic requires one. It is the limit of the smallest current model:
   * OpenAI's protocol would not cut the answer either, and only generated tokens are charged.
   */
  max_tokens: z.number().int().positive().default(32_000),
  /** How the model is asked to think; if absent, its name decides. */
  thinking: z.enum(['adaptive', 'budget']).optional(),
});

const JSON_ONLY = 'Answer with one JSON object and nothing else: no explanation, no code fence.';

/** The client's body as `POST /messages`. Anthropic's refusal names the fields that it does not know. */
export function anthropicRequest(
  body: ChatBody,
  model: string,
  parameters: Record<string, unknown>,
): Outcome<ChatCall> {
  const table = anthropicChatParametersSchema.parse(parameters);
  const maxTokens = tokenLimitOf(body) ?? table.max_tokens;
  const format = readJsonFormat(body);
  const { system, messages } = anthropicMessages(body.messages);
  if (messages.length === 0) return failed('client', BLANK_CONVERSATION, { param: 'messages' });
  const tools = anthropicTools(body);
  const reasoning = readReasoningRequest(body);
  const thinking = anthropicThinking(reasoning, { model, kind: table.thinking, maxTokens, messages, tools });
  const { output_config: ownConfig, metadata, ...others } = untranslatedFields(body, ['seed']);
  const outputConfig = {
    ...(isRecord(ownConfig) ? ownConfig : {}),
    ...(thinking.effort === null ? {} : { effort: thinking.effort }),
    ...(format?.kind === 'schema' ? { format: { type: 'json_schema', schema: anthropicSchema(format.schema) } } : {}),
  };
  // Anthropic has no JSON mode without a schema: the instructions ask for it.
  const instructions = format?.kind === 'object' ? [...system, { type: 'text', text: JSON_ONLY }] : system;
  const account = metadataOf(body, metadata);
  return {
    ok: true,
    value: {
      target: '/messages',
      body: {
        ...(thinking.isOn ? withoutTopK(others) : others),
        model,
        max_tokens: maxTokens,
        stream: true,
        ...(instructions.length > 0 ? { system: instructions } : {}),
        messages,
        ...tools,
        ...(thinking.thinking === null ? {} : { thinking: thinking.thinking }),
        ...(Object.keys(outputConfig).length > 0 ? { output_config: outputConfig } : {}),
        ...(stopSequencesOf(body) === null ? {} : { stop_sequences: stopSequencesOf(body) }),
        ...(thinking.isOn ? {} : sampling(body, model)),
        ...(account === null ? {} : { metadata: account }),
      },
    },
  };
}

/** Claude up to 4 accepts a temperature together with `top_p`; from 4.1 on it refuses a request with both. */
const ACCEPTS_BOTH = /^claude-(?:[123]\b|instant|(?:opus|sonnet)-4(?:-0)?(?:-\d{8})?$)/;

/**
 * Claude's temperature ends at 1, OpenAI's at 2. For a model that refuses both settings, the temperature is sent,
 * unless it is Claude's default and `top_p` is not.
 */
function sampling({ temperature, top_p }: ChatBody, model: string): Record<string, unknown> {
  const topP = typeof top_p === 'number' ? { top_p } : {};
  if (typeof temperature !== 'number') return topP;
  const own = { temperature: Math.min(temperature, 1) };
  if (ACCEPTS_BOTH.test(model)) return { ...own, ...topP };
  return own.temperature === 1 && typeof top_p === 'number' && top_p < 1 ? topP : own;
}

function withoutTopK({ top_k: _, ...fields }: Record<string, unknown>): Record<string, unknown> {
  return fields;
}

/** OpenAI's `metadata` labels stored answers; Anthropic's knows only `user_id`. */
function metadataOf({ user }: ChatBody, given: unknown): { user_id: unknown } | null {
  if (isRecord(given) && given['user_id'] !== undefined) return { user_id: given['user_id'] };
  return typeof user === 'string' && user !== '' ? { user_id: user } : null;
}

export interface ThinkingRequest {
  thinking: Record<string, unknown> | null;
  /** For `output_config.effort`. */
  effort: string | null;
  /** True if the model will think: it then refuses sampling settings. */
  isOn: boolean;
}

interface ThinkingContext {
  model: string;
  kind: 'adaptive' | 'budget' | undefined;
  maxTokens: number;
  messages: readonly AnthropicMessage[];
  tools: AnthropicTools;
}

const DEFAULT_THINKING: ThinkingRequest = { thinking: null, effort: null, isOn: false };
const MIN_BUDGET = 1_024;

/**
 * How much the model should think. Claude up to 4.5 takes a budget of tokens; from 4.6 on it chooses by itself
 * (`adaptive`) with an effort, and from 4.7 on it refuses a budget.
 */
export function anthropicThinking(request: ReasoningRequest | null, context: ThinkingContext): ThinkingRequest {
  if (request === null) return DEFAULT_THINKING;
  if (request.effort === 'none') return { ...DEFAULT_THINKING, thinking: { type: 'disabled' } };
  const { model, maxTokens, tools } = context;
  // Anthropic refuses thinking together with a forced tool call.
  if (tools.tool_choice?.type === 'any' || tools.tool_choice?.type === 'tool') return DEFAULT_THINKING;
  const kind = context.kind ?? kindOfModel(model);
  const display = request.shown ? 'summarized' : 'omitted';
  if (kind === 'adaptive') {
    return { thinking: { type: 'adaptive', display }, effort: effortOf(request, maxTokens, model), isOn: true };
  }
  // After tool results Anthropic wants the thoughts that led to the calls; without them it refuses to think.
  if (maxTokens <= MIN_BUDGET || isInToolRound(context.messages)) return DEFAULT_THINKING;
  const wanted = request.maxTokens ?? SHARE_OF_EFFORT[request.effort ?? 'medium'] * maxTokens;
  const budget = Math.min(Math.max(Math.floor(wanted), MIN_BUDGET), maxTokens - 1);
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null, isOn: true };
}

/** Names such as `claude-3-7-sonnet-20250219`, `claude-opus-4-20250514`, `claude-haiku-4-5`. */
const WITH_BUDGET = /^claude-(?:[123]\b|instant|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8})?$)/;

const kindOfModel = (model: string): 'adaptive' | 'budget' => (WITH_BUDGET.test(model) ? 'budget' : 'adaptive');

type Named = Exclude<Effort, 'none'>;

/** A budget becomes the effort whose share is nearest to it. */
function effortOf({ effort, maxTokens: budget }: ReasoningRequest, maxTokens: number, model: string): string {
  const named = effort === null || effort === 'none' ? nearestEffort((budget ?? 0) / maxTokens) : effort;
  if (named === 'minimal') return 'low';
  return named === 'xhigh' && /-4-6\b/.test(model) ? 'high' : named;
}

function nearestEffort(part: number): Named {
  const known: Named[] = ['low', 'medium', 'high', 'xhigh'];
  return known.reduce((best, next) =>
    Math.abs(SHARE_OF_EFFORT[next] - part) < Math.abs(SHARE_OF_EFFORT[best] - part) ? next : best,
  );
}

/** Whether the last turn holds tool results, and the calls before it came without thoughts. */
function isInToolRound(messages: readonly AnthropicMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== 'user' || !last.content.some(({ type }) => type === 'tool_result')) return false;
  return !messages.at(-2)?.content.some(({ type }) => type === 'thinking' || type === 'redacted_thinking');
}
