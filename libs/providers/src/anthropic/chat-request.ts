import type { ChatBody } from '@lumenfall/contracts';
import { z } from 'zod';
import { type Effort, PART_OF_EFFORT, readReasoningWish, type ReasoningWish } from '../chat/reasoning.js';
import { fieldsLeft, readJsonFormat, stopsOf, tokenLimitOf } from '../chat/request-fields.js';
import type { ChatCall } from '../chat/stream-chat.js';
import { failed } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import type { Outcome } from '../spec/index.js';
import { type AnthropicMessage, anthropicMessages } from './chat-messages.js';
import { anthropicSchema, anthropicTools, type AnthropicTools } from './chat-tools.js';

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

export interface ThinkingRequest {
  thinking: Record<string, unknown> | null;
  /** For `output_config.effort`. */
  effort: string | null;
  /** True where the model will think, and takes no sampling settings. */
  thinks: boolean;
}

interface Circumstances {
  model: string;
  kind: 'adaptive' | 'budget' | undefined;
  maxTokens: number;
  messages: readonly AnthropicMessage[];
  tools: AnthropicTools;
}

const SILENT: ThinkingRequest = { thinking: null, effort: null, thinks: false };
const LEAST_BUDGET = 1_024;

/**
 * How much to think. Claude up to 4.5 is given a budget of tokens; from 4.6 on it measures itself (`adaptive`) and is told an
 * effort, and from 4.7 on it takes nothing else.
 */
export function anthropicThinking(wish: ReasoningWish | null, circumstances: Circumstances): ThinkingRequest {
  if (wish === null) return SILENT;
  if (wish.effort === 'none') return { ...SILENT, thinking: { type: 'disabled' } };
  const { model, maxTokens, tools } = circumstances;
  // A forced call leaves no room for thoughts: both together are refused.
  if (tools.tool_choice?.type === 'any' || tools.tool_choice?.type === 'tool') return SILENT;
  const kind = circumstances.kind ?? kindOfModel(model);
  const display = wish.shown ? 'summarized' : 'omitted';
  if (kind === 'adaptive') {
    return { thinking: { type: 'adaptive', display }, effort: effortOf(wish, maxTokens, model), thinks: true };
  }
  // In the middle of a round of tools the thoughts that led to it have to be there, or there may be none at all.
  if (maxTokens <= LEAST_BUDGET || isInToolRound(circumstances.messages)) return SILENT;
  const wanted = wish.maxTokens ?? PART_OF_EFFORT[wish.effort ?? 'medium'] * maxTokens;
  const budget = Math.min(Math.max(Math.floor(wanted), LEAST_BUDGET), maxTokens - 1);
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null, thinks: true };
}

/** Names such as `claude-3-7-sonnet-20250219`, `claude-opus-4-20250514`, `claude-haiku-4-5`. */
const GIVEN_A_BUDGET = /^claude-(?:[123]\b|instant|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:-\d{8})?$)/;

const kindOfModel = (model: string): 'adaptive' | 'budget' => (GIVEN_A_BUDGET.test(model) ? 'budget' : 'adaptive');

type Named = Exclude<Effort, 'none'>;

/** A budget becomes the effort that would have given it. */
function effortOf({ effort, maxTokens: budget }: ReasoningWish, maxTokens: number, model: string): string {
  const named = effort === null || effort === 'none' ? nearestEffort((budget ?? 0) / maxTokens) : effort;
  if (named === 'minimal') return 'low';
  return named === 'xhigh' && /-4-6\b/.test(model) ? 'high' : named;
}

function nearestEffort(part: number): Named {
  const known: Named[] = ['low', 'medium', 'high', 'xhigh'];
  return known.reduce((best, next) =>
    Math.abs(PART_OF_EFFORT[next] - part) < Math.abs(PART_OF_EFFORT[best] - part) ? next : best,
  );
}

/** The last word are results of tools, and the calls that they answer come without thoughts. */
function isInToolRound(messages: readonly AnthropicMessage[]): boolean {
  const last = messages.at(-1);
  if (last?.role !== 'user' || !last.content.some(({ type }) => type === 'tool_result')) return false;
  return !messages.at(-2)?.content.some(({ type }) => type === 'thinking' || type === 'redacted_thinking');
}
