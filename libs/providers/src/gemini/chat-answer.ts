import type { Delta } from '../chat/answer-gate.js';
import { isRecord, textOf } from '../json/fields.js';

const FORMAT = 'google-gemini-v1';

type Fields = Record<string, unknown>;

/** Turns the parts of one candidate into OpenAI's deltas, with OpenRouter's `reasoning`. */
export class CandidateReader {
  #begun = false;
  #calls = 0;
  #details = 0;
  /** The position of the thought that is being told: its pieces are one of `reasoning_details`. */
  #thought: number | null = null;

  /** @param name makes the ids of calls that come without */
  constructor(private readonly name: string) {}

  get hasCalled(): boolean {
    return this.#calls > 0;
  }

  read(content: unknown): { delta: Delta; hasContent: boolean } {
    const parts: unknown[] = isRecord(content) && Array.isArray(content['parts']) ? content['parts'] : [];
    const said: Said = { content: '', reasoning: '', details: [], calls: [], images: [] };
    for (const part of parts) if (isRecord(part)) this.#take(part, said);
    const { content: text, reasoning, details, calls, images } = said;
    const hasContent = text !== '' || reasoning !== '' || calls.length + images.length > 0;
    const role = this.#begun || parts.length === 0 ? {} : { role: 'assistant' };
    this.#begun ||= parts.length > 0;
    return {
      hasContent,
      delta: {
        ...role,
        ...(text === '' ? {} : { content: text }),
        ...(reasoning === '' ? {} : { reasoning }),
        ...(details.length === 0 ? {} : { reasoning_details: details }),
        ...(calls.length === 0 ? {} : { tool_calls: calls }),
        ...(images.length === 0 ? {} : { images }),
      },
    };
  }

  #take(part: Fields, said: Said): void {
    const text = textOf(part['text']);
    if (part['thought'] === true) {
      this.#thought ??= this.#details++;
      if (text !== null) {
        said.reasoning += text;
        said.details.push({ type: 'reasoning.text', text, format: FORMAT, index: this.#thought });
      }
      return;
    }
    if (text !== null) said.content += text;
    const called = isRecord(part['functionCall']) ? this.#call(part['functionCall'], said) : null;
    if (isRecord(part['inlineData'])) said.images.push(imageOf(part['inlineData']));
    const signature = textOf(part['thoughtSignature']);
    if (signature === null) return;
    // After a signature, what is thought next is another thought.
    this.#thought = null;
    const whose = called === null ? {} : { id: called };
    said.details.push({
      type: 'reasoning.encrypted',
      data: signature,
      ...whose,
      format: FORMAT,
      index: this.#details++,
    });
  }

  /** A call comes whole, with its arguments as an object. */
  #call(call: Fields, said: Said): string {
    const index = this.#calls++;
    const id = textOf(call['id']) ?? `call_${this.name}_${index}`;
    const args = JSON.stringify(isRecord(call['args']) ? call['args'] : {});
    said.calls.push({ index, id, type: 'function', function: { name: textOf(call['name']), arguments: args } });
    return id;
  }
}

interface Said {
  content: string;
  reasoning: string;
  details: Fields[];
  calls: NonNullable<Delta['tool_calls']>;
  images: Fields[];
}

const imageOf = ({ mimeType, data }: Fields): Fields => ({
  type: 'image_url',
  image_url: { url: `data:${textOf(mimeType) ?? 'image/png'};base64,${textOf(data) ?? ''}` },
});
