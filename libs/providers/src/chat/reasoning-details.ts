import type { ChatBody } from '@lumenfall/contracts';
import { isRecord, textOf } from '../openai-compatible/unknown-fields.js';

type ChatMessage = ChatBody['messages'][number];

/** Whose thoughts they are: a signature is worth something only to the family of models that wrote it. */
export type ReasoningFormat = 'anthropic-claude-v1' | 'google-gemini-v1';

export interface ReasoningText {
  type: 'reasoning.text';
  text: string;
  signature: string | null;
}

export interface ReasoningEncrypted {
  type: 'reasoning.encrypted';
  data: string;
  /** Of the tool call that it belongs to. */
  id: string | null;
}

/**
 * The thoughts of one family of models that a client sends back with an assistant's message, in OpenRouter's form
 * (`reasoning_details`). Without them a model that thought before a tool call cannot go on thinking after it.
 */
export function readReasoningDetails(
  message: ChatMessage,
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
