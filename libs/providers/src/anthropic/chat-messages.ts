import { type ChatMessage, type MessagePart, partsOf } from '../chat/message-parts.js';
import { readReasoningDetails } from '../chat/reasoning.js';
import { callIdOf, readToolCalls } from '../chat/tools.js';
import { readDataUri } from '../http/data-uri.js';

export type Block = Record<string, unknown> & { type: string };

export interface AnthropicMessage {
  role: 'user' | 'assistant';
  content: Block[];
}

/**
 * The conversation in Anthropic's form: instructions apart, then turns of user and assistant that alternate. The results of
 * tools belong to the user, and those that follow each other must stand in one turn.
 */
export function anthropicMessages(given: readonly ChatMessage[]): { system: Block[]; messages: AnthropicMessage[] } {
  const system: Block[] = [];
  const messages: AnthropicMessage[] = [];
  for (const message of given) {
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
  // A conversation of instructions alone is one that Anthropic does not take: they are then what the user says.
  if (messages.length === 0 && system.length > 0) return { system: [], messages: [{ role: 'user', content: system }] };
  trimBeginning(messages.at(-1));
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

/** A mark for the cache holds for the result as a whole. */
function toolResult(message: ChatMessage): Block {
  const parts = partsOf(message);
  const marked = message['cache_control'] ?? parts.find(({ cache }) => cache !== undefined)?.cache;
  const content = parts.map((part) => blockOf({ ...part, cache: undefined }));
  return { type: 'tool_result', tool_use_id: anthropicId(callIdOf(message)), content, ...cached(marked) };
}

/** Only thoughts with a signature: without one they are not believed. */
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
      // Anthropic takes no sound; it says so better than we could.
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

/** Ids of other providers may hold what Anthropic's may not. */
const anthropicId = (id: string): string => id.replace(/[^\w-]/g, '_');

const cached = (cache: unknown): { cache_control?: unknown } =>
  cache === undefined || cache === null ? {} : { cache_control: cache };

/** The beginning of an answer, given as the last message, may not end in white space. */
function trimBeginning(last: AnthropicMessage | undefined): void {
  const block = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (block?.type === 'text') block['text'] = String(block['text']).trimEnd();
}
