import type { ChatBody } from '@lumenfall/contracts';
import { fieldsLeft, stopsOf, tokenLimitOf } from '../chat/fields-left.js';
import { readJsonFormat } from '../chat/json-format.js';
import { readReasoningWish } from '../chat/reasoning-wish.js';
import { isRecord } from '../openai-compatible/unknown-fields.js';
import { geminiContents } from './chat-contents.js';
import { geminiTools } from './chat-tools.js';
import { geminiSchema } from './json-schema.js';
import type { SentFiles } from './sent-files.js';
import { geminiThinking } from './thinking.js';

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
