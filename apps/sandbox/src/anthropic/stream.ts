import { failureSentence } from '../calls/answer.js';
import type { Behaviour } from '../directives/behaviour.js';
import type { Piece } from '../tokens/canned-text.js';
import { newMessageId, newToolUseId, SIGNATURE, finishOf, usageOf, type Message } from './message.js';
import { anthropicError } from './refusals.js';

const event = (data: { type: string } & Record<string, unknown>): string =>
  `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;

/**
 * The frames of a streamed message: one per token, together with the events that open and close blocks, so that directives
 * count tokens. With a late failure the stream ends with an `error` event, without `message_stop`.
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
