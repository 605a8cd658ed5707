import { type ChatBody, succeed } from '@lumenfall/contracts';
import { BLANK_CONVERSATION } from '../chat/message-parts.js';
import { type Effort, readReasoningRequest, type ReasoningRequest } from '../chat/reasoning.js';
import { untranslatedFields, readJsonFormat, stopSequencesOf, tokenLimitOf } from '../chat/request-fields.js';
import { failed } from '../http/index.js';
import { isRecord } from '../json/fields.js';
import type { Outcome } from '../spec/index.js';
import { geminiContents } from './chat-messages.js';
import { geminiSchema, geminiTools } from './chat-tools.js';
import type { SentFiles } from './sent-files.js';

/** Fields of a body that have other names in `generationConfig`. */
const CONFIGURED: Record<string, string> = {
  top_k: 'topK',
  seed: 'seed',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
};

/**
 * The client's body as `:streamGenerateContent`. Fields that are not translated may be Gemini's own (`safetySettings`,
 * `cachedContent`).
 */
export function geminiRequest(body: ChatBody, model: string, files: SentFiles): Outcome<Record<string, unknown>> {
  const { systemInstruction, contents } = geminiContents(body.messages, model, files);
  if (contents.length === 0) return failed('client', BLANK_CONVERSATION, { param: 'messages' });
  const { generationConfig, ...others } = untranslatedFields(body, [
    ...Object.keys(CONFIGURED),
    'modalities',
    'metadata',
  ]);
  const config = { ...(isRecord(generationConfig) ? generationConfig : {}), ...configOf(body, model) };
  return succeed({
    ...others,
    ...(systemInstruction === null ? {} : { systemInstruction }),
    contents,
    ...geminiTools(body),
    ...(Object.keys(config).length > 0 ? { generationConfig: config } : {}),
  });
}

function configOf(body: ChatBody, model: string): Record<string, unknown> {
  const limit = tokenLimitOf(body);
  const stops = stopSequencesOf(body);
  const thinking = geminiThinking(readReasoningRequest(body), model);
  const config: Record<string, unknown> = {
    ...(typeof body.temperature === 'number' ? { temperature: body.temperature } : {}),
    ...(typeof body.top_p === 'number' ? { topP: body.top_p } : {}),
    ...(limit === null ? {} : { maxOutputTokens: limit }),
    ...(stops === null ? {} : { stopSequences: stops }),
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

/** `["text"]` is the default of every model, and some refuse the setting. */
function modalitiesOf(modalities: unknown): Record<string, unknown> {
  if (!Array.isArray(modalities) || modalities.every((one) => one === 'text')) return {};
  return { responseModalities: modalities.map((one) => String(one).toUpperCase()) };
}

/** Budgets in tokens, as Google's own OpenAI endpoint sets them. */
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

/**
 * `thinkingConfig`: a budget of tokens for Gemini 2.5; a level from Gemini 3 on, where thinking cannot be turned off.
 */
export function geminiThinking(request: ReasoningRequest | null, model: string): Record<string, unknown> | null {
  if (request === null) return null;
  const effort = request.effort ?? 'medium';
  const shown = effort !== 'none' && request.shown ? { includeThoughts: true } : {};
  if (request.maxTokens !== null) return { thinkingBudget: request.maxTokens, ...shown };
  if (/gemini-[12](?:[.-]|$)/.test(model)) return { thinkingBudget: BUDGETS[effort], ...shown };
  return { thinkingLevel: levelOf(effort, model), ...shown };
}

/** The pro models do not know `minimal`; gemini-3-pro does not know `medium` either. */
function levelOf(effort: Effort, model: string): string {
  const level = LEVELS[effort];
  if (level === 'minimal' && model.includes('pro')) return 'low';
  return level === 'medium' && /gemini-3-pro/.test(model) ? 'high' : level;
}
