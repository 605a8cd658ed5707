import { randomBytes } from 'node:crypto';
import type { ChatReply } from '../chat/reply.js';
import { textOf, tokensOf, type Piece } from '../tokens/canned-text.js';

/** What Claude answers, streamed or not. */
export interface Message {
  model: string;
  thoughts: readonly Piece[];
  /** Null if the model refuses. */
  reply: ChatReply | null;
  promptTokens: number;
  cached: { written: number; read: number };
}

export const SIGNATURE = Buffer.from('signed by the sandbox').toString('base64');

export const newMessageId = (): string => `msg_${randomBytes(12).toString('hex')}`;
export const newToolUseId = (): string => `toolu_${randomBytes(12).toString('hex')}`;

const REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;

export const finishOf = ({ reply }: Message): string => (reply === null ? 'refusal' : REASONS[reply.finish]);

/** `input_tokens` are those that are neither read from the cache nor written to it. */
export function usageOf({ thoughts, reply, promptTokens, cached }: Message): Record<string, unknown> {
  const thinking = tokensOf(thoughts);
  return {
    input_tokens: Math.max(0, promptTokens - cached.written - cached.read),
    cache_creation_input_tokens: cached.written,
    cache_read_input_tokens: cached.read,
    cache_creation: { ephemeral_5m_input_tokens: cached.written, ephemeral_1h_input_tokens: 0 },
    output_tokens: thinking + (reply?.completionTokens ?? 0),
    ...(thinking > 0 ? { output_tokens_details: { thinking_tokens: thinking } } : {}),
    service_tier: 'standard',
  };
}

/** The answer at once. */
export function wholeMessage(message: Message): Record<string, unknown> {
  const { model, thoughts, reply } = message;
  const content: unknown[] = [];
  if (thoughts.length > 0) content.push({ type: 'thinking', thinking: textOf(thoughts), signature: SIGNATURE });
  if (reply !== null && reply.pieces.length > 0) {
    const text = textOf(reply.pieces);
    content.push(
      reply.toolName === null
        ? { type: 'text', text }
        : { type: 'tool_use', id: newToolUseId(), name: reply.toolName, input: JSON.parse(text) as unknown },
    );
  }
  return {
    id: newMessageId(),
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: finishOf(message),
    stop_sequence: null,
    usage: usageOf(message),
  };
}
