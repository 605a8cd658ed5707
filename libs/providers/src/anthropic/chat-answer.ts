import type { Delta } from '../chat/answer-gate.js';
import { isRecord, textOf } from '../json/fields.js';

type OpenBlock =
  | { kind: 'text' }
  /** `position` among the thoughts: the index of `reasoning_details`. */
  | { kind: 'thought'; position: number }
  /** `position` among the tool calls; `input` as the start of the block had it. */
  | { kind: 'call'; position: number; input: unknown; hasArguments: boolean };

const FORMAT = 'anthropic-claude-v1';

/**
 * Turns the content blocks of one answer into OpenAI's deltas, with OpenRouter's `reasoning`; null if there is no
 * delta.
 */
export class BlockReader {
  readonly #open = new Map<number, OpenBlock>();
  #thoughts = 0;
  #calls = 0;

  get hasCalled(): boolean {
    return this.#calls > 0;
  }

  start(index: number, block: unknown): Delta | null {
    if (!isRecord(block)) return null;
    switch (block['type']) {
      case 'text':
        this.#open.set(index, { kind: 'text' });
        return contentDelta(block['text']);
      case 'thinking': {
        const position = this.#thoughts++;
        this.#open.set(index, { kind: 'thought', position });
        return thoughtDelta(position, block['thinking'], block['signature']);
      }
      case 'redacted_thinking':
        return { reasoning_details: [detail(this.#thoughts++, { type: 'reasoning.encrypted', data: block['data'] })] };
      case 'tool_use': {
        const position = this.#calls++;
        this.#open.set(index, { kind: 'call', position, input: block['input'], hasArguments: false });
        const named = { name: textOf(block['name']), arguments: '' };
        return { tool_calls: [{ index: position, id: textOf(block['id']), type: 'function', function: named }] };
      }
      default:
        // Blocks of Anthropic's own tools are left out: the text after them holds the result.
        return null;
    }
  }

  add(index: number, delta: unknown): Delta | null {
    const block = this.#open.get(index);
    if (block === undefined || !isRecord(delta)) return null;
    switch (delta['type']) {
      case 'text_delta':
        return contentDelta(delta['text']);
      case 'thinking_delta':
        return block.kind === 'thought' ? thoughtDelta(block.position, delta['thinking'], null) : null;
      case 'signature_delta':
        return block.kind === 'thought' ? thoughtDelta(block.position, null, delta['signature']) : null;
      case 'input_json_delta': {
        const text = textOf(delta['partial_json']);
        if (block.kind !== 'call' || text === null) return null;
        block.hasArguments = true;
        return argumentsDelta(block.position, text);
      }
      default:
        return null;
    }
  }

  /** A call without streamed arguments has them in its start, or has none: `{}`. */
  stop(index: number): Delta | null {
    const block = this.#open.get(index);
    this.#open.delete(index);
    if (block?.kind !== 'call' || block.hasArguments) return null;
    return argumentsDelta(block.position, JSON.stringify(isRecord(block.input) ? block.input : {}));
  }
}

const contentDelta = (text: unknown): Delta | null =>
  typeof text === 'string' && text !== '' ? { content: text } : null;

const argumentsDelta = (position: number, text: string): Delta => ({
  tool_calls: [{ index: position, function: { arguments: text } }],
});

/**
 * A thought in OpenRouter's two forms: `reasoning` to be shown, `reasoning_details` to be sent back with its signature.
 */
function thoughtDelta(position: number, text: unknown, signature: unknown): Delta | null {
  const [thought, signed] = [textOf(text), textOf(signature)];
  if (thought === null && signed === null) return null;
  return {
    ...(thought === null ? {} : { reasoning: thought }),
    reasoning_details: [
      detail(position, {
        type: 'reasoning.text',
        ...(thought === null ? {} : { text: thought }),
        ...(signed === null ? {} : { signature: signed }),
      }),
    ],
  };
}

const detail = (position: number, fields: Record<string, unknown>): Record<string, unknown> => ({
  ...fields,
  format: FORMAT,
  index: position,
});
