import type { Delta } from '../chat/answer-gate.js';
import { isRecord, textOf } from '../json/fields.js';

type OpenBlock =
  | { kind: 'text' }
  /** `position` among the thoughts: the index of `reasoning_details`. */
  | { kind: 'thought'; position: number }
  /** `position` among the tool calls; `input` is what came with the start, `said` whether arguments were streamed. */
  | { kind: 'call'; position: number; input: unknown; said: boolean };

const FORMAT = 'anthropic-claude-v1';

/** Turns the content blocks of one answer into OpenAI's deltas, with OpenRouter's `reasoning`. Null: nothing to say. */
export class BlockReader {
  readonly #open = new Map<number, OpenBlock>();
  #thoughts = 0;
  #calls = 0;

  start(index: number, block: unknown): Delta | null {
    if (!isRecord(block)) return null;
    switch (block['type']) {
      case 'text':
        this.#open.set(index, { kind: 'text' });
        return spoken(block['text']);
      case 'thinking': {
        const position = this.#thoughts++;
        this.#open.set(index, { kind: 'thought', position });
        return thought(position, block['thinking'], block['signature']);
      }
      case 'redacted_thinking':
        return { reasoning_details: [detail(this.#thoughts++, { type: 'reasoning.encrypted', data: block['data'] })] };
      case 'tool_use': {
        const position = this.#calls++;
        this.#open.set(index, { kind: 'call', position, input: block['input'], said: false });
        const named = { name: textOf(block['name']), arguments: '' };
        return { tool_calls: [{ index: position, id: textOf(block['id']), type: 'function', function: named }] };
      }
      default:
        // Blocks of Anthropic's own tools are its own affair: the text that follows tells what came of them.
        return null;
    }
  }

  add(index: number, delta: unknown): Delta | null {
    const block = this.#open.get(index);
    if (block === undefined || !isRecord(delta)) return null;
    switch (delta['type']) {
      case 'text_delta':
        return spoken(delta['text']);
      case 'thinking_delta':
        return block.kind === 'thought' ? thought(block.position, delta['thinking'], null) : null;
      case 'signature_delta':
        return block.kind === 'thought' ? thought(block.position, null, delta['signature']) : null;
      case 'input_json_delta': {
        const text = textOf(delta['partial_json']);
        if (block.kind !== 'call' || text === null) return null;
        block.said = true;
        return argued(block.position, text);
      }
      default:
        return null;
    }
  }

  /** A call without arguments streams none; OpenAI's clients expect an object nevertheless. */
  stop(index: number): Delta | null {
    const block = this.#open.get(index);
    this.#open.delete(index);
    if (block?.kind !== 'call' || block.said) return null;
    return argued(block.position, JSON.stringify(block.input ?? {}));
  }
}

const spoken = (text: unknown): Delta | null => (typeof text === 'string' && text !== '' ? { content: text } : null);

const argued = (position: number, text: string): Delta => ({
  tool_calls: [{ index: position, function: { arguments: text } }],
});

/** The text of a thought twice, as OpenRouter has it: to be shown, and to be sent back with its signature. */
function thought(position: number, text: unknown, signature: unknown): Delta | null {
  const [said, signed] = [textOf(text), textOf(signature)];
  if (said === null && signed === null) return null;
  return {
    ...(said === null ? {} : { reasoning: said }),
    reasoning_details: [
      detail(position, {
        type: 'reasoning.text',
        ...(said === null ? {} : { text: said }),
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
