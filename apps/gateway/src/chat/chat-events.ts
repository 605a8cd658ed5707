import type { AnswerMetadata, ChatBody, ChatChunk, ChatUsage } from '@lumenfall/contracts';
import type { ChatIdentity } from './chat-answer.js';

/**
 * A chunk as the client sees it: our id, time and model on every one, usage only where it was asked for (then `null` until the
 * last one). Null for a chunk that would say nothing: providers' own usage chunks.
 */
export function publicChunk(
  chunk: ChatChunk,
  identity: ChatIdentity,
  withUsage: boolean,
): Record<string, unknown> | null {
  if (chunk.choices.length === 0) return null;
  const { usage: _usage, ...rest } = chunk;
  return { ...rest, ...identity, ...(withUsage && { usage: null }) };
}

/** In OpenAI's way, `stream_options.include_usage`, or in OpenRouter's, `usage.include`. */
export function asksForUsage(body: ChatBody): boolean {
  const { stream_options: options, usage } = body;
  if (options?.include_usage === true) return true;
  return typeof usage === 'object' && usage !== null && 'include' in usage && usage.include === true;
}

/** The last chunk of a stream whose client asked for usage. */
export function usageChunk(
  identity: ChatIdentity,
  usage: ChatUsage,
  metadata: AnswerMetadata,
): Record<string, unknown> {
  return { ...identity, object: 'chat.completion.chunk', choices: [], usage, metadata };
}
