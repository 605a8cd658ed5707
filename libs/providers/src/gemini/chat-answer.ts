import type { Delta, ToolCallDelta } from '../chat/answer-gate.js';
import { isRecord, textOf } from '../json/fields.js';

const FORMAT = 'google-gemini-v1';

type Fields = Record<string, unknown>;

/** What the parts of one chunk add up to. */
interface PartsRead {
  content: string;
  reasoning: string;
  details: Fields[];
  calls: ToolCallDelta[];
  images: Fields[];
}

/** Turns the parts of one candidate into OpenAI's deltas, with OpenRouter's `reasoning`. */
export class CandidateReader {
  #begun = false;
  #calls = 0;
  #details = 0;
  /** The index of the current thought: its pieces share one entry of `reasoning_details`. */
  #thought: number | null = null;

  /** @param prefix for the ids of calls that come without one */
  constructor(private readonly prefix: string) {}

  get hasCalled(): boolean {
    return this.#calls > 0;
  }

  read(value: unknown): { delta: Delta; hasContent: boolean } {
    const parts: unknown[] = isRecord(value) && Array.isArray(value['parts']) ? value['parts'] : [];
    const read: PartsRead = { content: '', reasoning: '', details: [], calls: [], images: [] };
    for (const part of parts) if (isRecord(part)) this.#take(part, read);
    const { content, reasoning, details, calls, images } = read;
    const hasContent = content !== '' || reasoning !== '' || calls.length + images.length > 0;
    const role = this.#begun || parts.length === 0 ? {} : { role: 'assistant' };
    this.#begun ||= parts.length > 0;
    return {
      hasContent,
      delta: {
        ...role,
        ...(content === '' ? {} : { content }),
        ...(reasoning === '' ? {} : { reasoning }),
        ...(details.length === 0 ? {} : { reasoning_details: details }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
        ...(images.length === 0 ? {} : { images }),
      },
    };
  }

  #take(part: Fields, read: PartsRead): void {
    const text = textOf(part['text']);
    if (part['thought'] === true) {
      this.#thought ??= this.#details++;
      if (text !== null) {
        read.reasoning += text;
        read.details.push({ type: 'reasoning.text', text, format: FORMAT, index: this.#thought });
      }
      return;
    }
    if (text !== null) read.content += text;
    const called = part['functionCall'] ?? part['function_call'];
    const callId = isRecord(called) ? this.#call(called, read) : null;
    const inline = part['inlineData'] ?? part['inline_data'];
    if (isRecord(inline)) read.images.push(imageOf(inline));
    const signature = textOf(part['thoughtSignature'] ?? part['thought_signature']);
    if (signature === null) return;
    // A signature ends a thought.
    this.#thought = null;
    read.details.push({
      type: 'reasoning.encrypted',
      data: signature,
      ...(callId === null ? {} : { id: callId }),
      format: FORMAT,
      index: this.#details++,
    });
  }

  /** Gemini sends each call in one piece, with its arguments as an object; they are absent if there are none. */
  #call(call: Fields, read: PartsRead): string {
    const index = this.#calls++;
    const id = textOf(call['id']) ?? `call_${this.prefix}_${index}`;
    const args = JSON.stringify(isRecord(call['args']) ? call['args'] : {});
    read.calls.push({ index, id, type: 'function', function: { name: textOf(call['name']), arguments: args } });
    return id;
  }
}

const imageOf = ({ mimeType, mime_type, data }: Fields): Fields => ({
  type: 'image_url',
  image_url: { url: `data:${textOf(mimeType ?? mime_type) ?? 'image/png'};base64,${textOf(data) ?? ''}` },
});
