import { withToolCalls } from '../chat/function-calls.js';
import { type ChatMessage, type MessagePart, partsOf } from '../chat/message-parts.js';
import { readReasoningDetails } from '../chat/reasoning.js';
import { callIdOf, readToolCalls } from '../chat/tools.js';
import { readDataUri } from '../http/index.js';

export type Block = Record<string, unknown> & { type: string };

export interface AnthropicMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

/**
 * The conversation in Anthropic's form: the instructions, and turns of user and assistant that alternate. Results of
 * tools are part of the user's turn; consecutive ones must be in the same turn. Both lists are empty if all messages
 * are blank.
 */
export function anthropicMessages(given: readonly ChatMessage[]): { system: Block[]; messages: AnthropicMessage[] } {
  const system: Block[] = [];
  const messages: AnthropicMessage[] = [];
  for (const message of withToolCalls(given)) {
    if (message.role === 'system' || message.role === 'developer') {
      system.push(...partsOf(message).map(blockOf));
      continue;
    }
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocksOf(message);
    if (content.length === 0) continue;
    const last = messages.at(-1);
    if (last?.role === role) last.content.push(...content);
    else messages.push({ role, content });
  }
  // Anthropic refuses a conversation of instructions alone: they become the user's turn.
  if (messages.length === 0 && system.length > 0) return { system: [], messages: [{ role: 'user', content: system }] };
  trimPrefill(messages.at(-1));
  return { system, messages };
}

function blocksOf(message: ChatMessage): Block[] {
  switch (message.role) {
    case 'assistant':
      return [
        ...thoughtsOf(message),
        ...partsOf(message).map(blockOf),
        ...readToolCalls(message).map(({ id, name, input, call }) => ({
          type: 'tool_use',
          id: anthropicId(id),
          name,
          input,
          ...cached(call['cache_control']),
        })),
      ];
    case 'tool':
    case 'function':
      return [toolResult(message)];
    default:
      return partsOf(message).map(blockOf);
  }
}

/** A `cache_control` in the content applies to the whole result. */
function toolResult(message: ChatMessage): Block {
  const parts = partsOf(message);
  const marked = message['cache_control'] ?? parts.find(({ cache }) => cache !== undefined)?.cache;
  const content = parts.map((part) => blockOf({ ...part, cache: undefined }));
  return {
    type: 'tool_result',
    tool_use_id: anthropicId(callIdOf(message)),
    ...(content.length > 0 ? { content } : {}),
    ...cached(marked),
  };
}

/** Thoughts with a signature only: Anthropic refuses those without one. */
function thoughtsOf(message: ChatMessage): Block[] {
  return readReasoningDetails(message, 'anthropic-claude-v1').flatMap((detail): Block[] => {
    if (detail.type === 'reasoning.encrypted') return [{ type: 'redacted_thinking', data: detail.data }];
    const { text, signature } = detail;
    return signature === null ? [] : [{ type: 'thinking', thinking: text, signature }];
  });
}

function blockOf(part: MessagePart): Block {
  const cache = cached(part.cache);
  switch (part.kind) {
    case 'text':
      return { type: 'text', text: part.text, ...cache };
    case 'image':
      return { type: 'image', source: sourceOf(part.url), ...cache };
    case 'file':
      return { type: 'document', source: sourceOf(part.url), ...(part.name && { title: part.name }), ...cache };
    case 'audio':
      // Anthropic does not accept audio; its refusal names the field.
      return { type: 'input_audio', source: { type: 'base64', media_type: `audio/${part.format}`, data: part.data } };
    case 'other':
      return part.part as Block;
  }
}

function sourceOf(url: string): Record<string, unknown> {
  const inline = readDataUri(url);
  if (inline === null) return { type: 'url', url };
  if (inline.mimeType === 'text/plain') {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(inline.data, 'base64').toString('utf8') };
  }
  return { type: 'base64', media_type: inline.mimeType, data: inline.data };
}

/** Ids of other providers may contain characters that Anthropic refuses. */
const anthropicId = (id: string): string => id.replace(/[^\w-]/g, '_');

const cached = (cache: unknown): { cache_control?: unknown } =>
  cache === undefined || cache === null ? {} : { cache_control: cache };

/** An answer that the last message begins must not end in white space. */
function trimPrefill(last: AnthropicMessage | undefined): void {
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block['text'] = String(block['text']).trimEnd();
}
