import { randomBytes } from 'node:crypto';
import { failureSentence } from '../calls/answer.js';
import type { ChatReply } from '../chat/reply.js';
import type { Behaviour } from '../directives/behaviour.js';
import { textOf, tokensOf, type Piece } from '../tokens/canned-text.js';
import { anthropicError } from './refusals.js';

/** What Claude answers, streamed or not. */
export interface Message {
  model: string;
  thoughts: readonly Piece[];
  /** Null if the model refuses. */
  reply: ChatReply | null;
  promptTokens: number;
  cached: { written: number; read: number };
}

const SIGNATURE = Buffer.from('signed by the sandbox').toString('base64');

const newMessageId = (): string => `msg_${randomBytes(12).toString('hex')}`;
const newToolUseId = (): string => `toolu_${randomBytes(12).toString('hex')}`;

const REASONS = { stop: 'end_turn', length: 'max_tokens', tool_calls: 'tool_use' } as const;

const finishOf = ({ reply }: Message): string => (reply === null ? 'refusal' : REASONS[reply.finish]);

/** `input_tokens` are those that are neither read from the cache nor written to it. */
function usageOf({ thoughts, reply, promptTokens, cached }: Message): Record<string, unknown> {
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

const event = (data: { type: string } & Record<string, unknown>): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * The frames of a streamed message: one per token, together with the events that open and close blocks, so that
 * directives count tokens. With a late failure the stream ends with an `error` event, without `message_stop`.
 */
export function* messageFrames(message: Message, behaviour: Behaviour): Generator<string> {
  const lateFailureAt = behaviour.status === null ? null : behaviour.after;
  let waiting = opening(message);
  let sent = 0;
  for (const block of blocksOf(message)) {
    waiting += event({ type: 'content_block_start', index: block.index, content_block: block.start });
    // As Anthropic does, after the first block has begun.
    if (block.index === 0) waiting += event({ type: 'ping' });
    for (const piece of block.pieces) {
      if (sent === lateFailureAt) break;
      yield waiting + deltaEvent(block, piece);
      waiting = '';
      sent += 1;
    }
    if (sent === lateFailureAt) break;
    for (const delta of block.last) waiting += event({ type: 'content_block_delta', index: block.index, delta });
    waiting += event({ type: 'content_block_stop', index: block.index });
  }
  if (lateFailureAt !== null && behaviour.status !== null) {
    yield waiting + event(anthropicError(behaviour.status, failureSentence(behaviour.status)));
    return;
  }
  const delta = { stop_reason: finishOf(message), stop_sequence: null };
  yield waiting + event({ type: 'message_delta', delta, usage: usageOf(message) }) + event({ type: 'message_stop' });
}

function opening(message: Message): string {
  return event({
    type: 'message_start',
    message: {
      id: newMessageId(),
      type: 'message',
      role: 'assistant',
      model: message.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...usageOf(message), output_tokens: 1 },
    },
  });
}

interface Block {
  index: number;
  start: Record<string, unknown>;
  pieces: readonly Piece[];
  /** The type of its deltas, and the field that holds the text. */
  delta: { type: string; field: string };
  /** Deltas that close it. */
  last: Record<string, unknown>[];
}

function blocksOf({ thoughts, reply }: Message): Block[] {
  const blocks: Omit<Block, 'index'>[] = [];
  if (thoughts.length > 0) {
    blocks.push({
      start: { type: 'thinking', thinking: '', signature: '' },
      pieces: thoughts,
      delta: { type: 'thinking_delta', field: 'thinking' },
      last: [{ type: 'signature_delta', signature: SIGNATURE }],
    });
  }
  if (reply !== null && reply.pieces.length > 0) {
    const isCall = reply.toolName !== null;
    blocks.push({
      start: isCall
        ? { type: 'tool_use', id: newToolUseId(), name: reply.toolName, input: {} }
        : { type: 'text', text: '' },
      pieces: reply.pieces,
      delta: isCall ? { type: 'input_json_delta', field: 'partial_json' } : { type: 'text_delta', field: 'text' },
      last: [],
    });
  }
  return blocks.map((block, index) => ({ ...block, index }));
}

const deltaEvent = ({ index, delta }: Block, { json }: Piece): string =>
  `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},` +
  `"delta":{"type":"${delta.type}","${delta.field}":${json}}}\n\n`;
