import type { Effort, ReasoningWish } from '../chat/reasoning-wish.js';

/** Tokens for each effort, as Google's own OpenAI endpoint sets them for models that take a budget. */
const BUDGETS: Record<Effort, number> = {
  none: 0,
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};

const LEVELS: Record<Effort, string> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** `thinkingConfig`: a budget of tokens for Gemini 2.5, a level from Gemini 3 on, which cannot be kept from thinking at all. */
export function geminiThinking(wish: ReasoningWish | null, model: string): Record<string, unknown> | null {
  if (wish === null) return null;
  const effort = wish.effort ?? 'medium';
  const shown = effort !== 'none' && wish.shown ? { includeThoughts: true } : {};
  if (wish.maxTokens !== null) return { thinkingBudget: wish.maxTokens, ...shown };
  if (/gemini-[12](?:[.-]|$)/.test(model)) return { thinkingBudget: BUDGETS[effort], ...shown };
  return { thinkingLevel: levelOf(effort, model), ...shown };
}

/** The large models know no `minimal`, and the first of them no `medium`. */
function levelOf(effort: Effort, model: string): string {
  const level = LEVELS[effort];
  if (level === 'minimal' && model.includes('pro')) return 'low';
  return level === 'medium' && /gemini-3-pro/.test(model) ? 'high' : level;
}
