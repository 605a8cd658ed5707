import type { ChatBody } from '@lumenfall/contracts';
import { countOf, isRecord, textOf } from '../json/fields.js';

export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** How much the client wants the model to think. */
export interface ReasoningRequest {
  /** Null if only a number of tokens was given. */
  effort: Effort | null;
  maxTokens: number | null;
  /** False: the model thinks, but the answer does not contain its thoughts. */
  shown: boolean;
}

/**
 * Reads `reasoning_effort`, or OpenRouter's `reasoning: {effort, max_tokens, enabled, exclude}`. Null if the body holds
 * neither: then the model's own default applies.
 */
export function readReasoningRequest(body: ChatBody): ReasoningRequest | null {
  const given = isRecord(body['reasoning']) ? body['reasoning'] : {};
  const shown = given['exclude'] !== true && body['include_reasoning'] !== false;
  const effort = effortOf(given['effort']) ?? effortOf(body['reasoning_effort']);
  const maxTokens = countOf(given['max_tokens']);
  if (given['enabled'] === false || effort === 'none' || maxTokens === 0) {
    return { effort: 'none', maxTokens: null, shown };
  }
  if (maxTokens !== null) return { effort, maxTokens, shown };
  if (effort !== null) return { effort, maxTokens: null, shown };
  return given['enabled'] === true ? { effort: 'medium', maxTokens: null, shown } : null;
}

const effortOf = (value: unknown): Effort | null => EFFORTS.find((effort) => effort === value) ?? null;

/** The share of an answer's tokens that each effort may spend on thinking, as OpenRouter documents it. */
export const SHARE_OF_EFFORT: Record<Exclude<Effort, 'none'>, number> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.95,
  max: 0.95,
};

/** The family of models that wrote a thought: only the same family accepts its signature. */
export type ReasoningFormat = 'anthropic-claude-v1' | 'google-gemini-v1';

export interface ReasoningText {
  type: 'reasoning.text';
  text: string;
  signature: string | null;
}

export interface ReasoningEncrypted {
  type: 'reasoning.encrypted';
  data: string;
  /** The tool call that it belongs to. */
  id: string | null;
}

/**
 * The thoughts of one family of models that a client sends back with an assistant message, in OpenRouter's form
 * (`reasoning_details`). A model that thought before a tool call needs them to go on after the call.
 */
export function readReasoningDetails(
  message: ChatBody['messages'][number],
  format: ReasoningFormat,
): (ReasoningText | ReasoningEncrypted)[] {
  const details = message['reasoning_details'];
  if (!Array.isArray(details)) return [];
  return details.flatMap((detail: unknown): (ReasoningText | ReasoningEncrypted)[] => {
    if (!isRecord(detail) || detail['format'] !== format) return [];
    const data = textOf(detail['data']);
    if (detail['type'] === 'reasoning.encrypted' && data !== null) {
      return [{ type: 'reasoning.encrypted', data, id: textOf(detail['id']) }];
    }
    if (detail['type'] !== 'reasoning.text') return [];
    const text = typeof detail['text'] === 'string' ? detail['text'] : '';
    return [{ type: 'reasoning.text', text, signature: textOf(detail['signature']) }];
  });
}
