import type { ChatBody } from '@lumenfall/contracts';
import { type Effort, readReasoningWish, type ReasoningWish } from '../chat/reasoning.js';
import { fieldsLeft, readJsonFormat, stopsOf, tokenLimitOf } from '../chat/request-fields.js';
import { isRecord } from '../json/fields.js';
import { geminiContents } from './chat-messages.js';
import { geminiSchema, geminiTools } from './chat-tools.js';
import type { SentFiles } from './sent-files.js';

/** Fields of a body that stand under other names in `generationConfig`. */
const CONFIGURED: Record<string, string> = {
  top_k: 'topK',
  seed: 'seed',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
};

/**
 * The client's body as `:streamGenerateContent`. Fields that are not translated go upstream as they came: they may be
 * Gemini's own (`safetySettings`, `cachedContent`), and where they are not, its refusal names them.
 */
export function geminiRequest(body: ChatBody, model: string, files: SentFiles): Record<string, unknown> {
  const { systemInstruction, contents } = geminiContents(body.messages, model, files);
  const { generationConfig, ...others } = fieldsLeft(body, [...Object.keys(CONFIGURED), 'modalities', 'metadata']);
  const config = { ...(isRecord(generationConfig) ? generationConfig : {}), ...configOf(body, model) };
  return {
    ...others,
    ...(systemInstruction === null ? {} : { systemInstruction }),
    contents,
    ...geminiTools(body),
    ...(Object.keys(config).length > 0 ? { generationConfig: config } : {}),
  };
}

function configOf(body: ChatBody, model: string): Record<string, unknown> {
  const limit = tokenLimitOf(body);
  const stops = stopsOf(body);
  const thinking = geminiThinking(readReasoningWish(body), model);
  const config: Record<string, unknown> = {
    ...(typeof body.temperature === 'number' ? { temperature: body.temperature } : {}),
    ...(typeof body.top_p === 'number' ? { topP: body.top_p } : {}),
    ...(limit === null ? {} : { maxOutputTokens: limit }),
    ...(stops === null ? {} : { stopSequences: stops }),
    ...((body.n ?? 1) > 1 ? { candidateCount: body.n } : {}),
    ...jsonOf(body),
    ...modalitiesOf(body['modalities']),
    ...(thinking === null ? {} : { thinkingConfig: thinking }),
  };
  for (const [name, ours] of Object.entries(CONFIGURED)) {
    if (body[name] !== null && body[name] !== undefined) config[ours] = body[name];
  }
  return config;
}

function jsonOf(body: ChatBody): Record<string, unknown> {
  const format = readJsonFormat(body);
  if (format === null) return {};
  const schema = format.kind === 'schema' ? { responseJsonSchema: geminiSchema(format.schema) } : {};
  return { responseMimeType: 'application/json', ...schema };
}

/** `["text"]` is what every model answers with, and some refuse to be told. */
function modalitiesOf(modalities: unknown): Record<string, unknown> {
  if (!Array.isArray(modalities) || modalities.every((one) => one === 'text')) return {};
  return { responseModalities: modalities.map((one) => String(one).toUpperCase()) };
}

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
