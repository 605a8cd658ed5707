import { PART_OF_EFFORT, type Effort, type ReasoningWish } from '../chat/reasoning-wish.js';
import type { AnthropicMessage } from './chat-messages.js';
import type { AnthropicTools } from './chat-tools.js';

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
