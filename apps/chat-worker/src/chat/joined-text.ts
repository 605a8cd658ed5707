import type { ChatChunk } from '@lumenfall/contracts';

/**
 * Joins consecutive chunks that only continue the same text into one, for a client that waits for the whole answer:
 * fewer chunks travel and are parsed. A chunk with anything else (a tool call, log probabilities, a finish reason, an
 * unknown field) is passed on unchanged, in its place.
 */
export class JoinedText {
  #open: ChatChunk | null = null;
  #index = 0;
  #pieces: string[] = [];

  constructor(private readonly emit: (chunk: ChatChunk) => void) {}

  add(chunk: ChatChunk): void {
    const text = plainText(chunk);
    if (text !== null && this.#open !== null && text.index === this.#index) {
      this.#pieces.push(text.content);
      return;
    }
    this.flush();
    if (text === null && !beginsText(chunk)) return this.emit(chunk);
    this.#open = chunk;
    this.#index = chunk.choices[0]?.index ?? 0;
    this.#pieces = [chunk.choices[0]?.delta.content ?? ''];
  }

  /** Emits the chunk that is being joined. Must be called after the last chunk. */
  flush(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    const [choice] = open.choices;
    if (choice === undefined || this.#pieces.length === 1) return this.emit(open);
    const delta = { ...choice.delta, content: this.#pieces.join('') };
    this.emit({ ...open, choices: [{ ...choice, delta }] });
  }
}

/** The text of a chunk with one choice and nothing but text; null for any other chunk. */
function plainText(chunk: ChatChunk): { index: number; content: string } | null {
  const content = onlyText(chunk);
  if (content === null) return null;
  for (const field in chunk.choices[0]?.delta) if (field !== 'content') return null;
  return { index: chunk.choices[0]?.index ?? 0, content };
}

/** The first chunk has the role beside its text; later chunks can be joined to it. */
function beginsText(chunk: ChatChunk): boolean {
  if (onlyText(chunk) === null) return false;
  for (const field in chunk.choices[0]?.delta) if (field !== 'content' && field !== 'role') return false;
  return true;
}

function onlyText({ choices }: ChatChunk): string | null {
  const [choice, ...others] = choices;
  if (choice === undefined || others.length > 0 || typeof choice.delta.content !== 'string') return null;
  for (const field in choice) {
    if (field !== 'index' && field !== 'delta' && choice[field] !== null && choice[field] !== undefined) return null;
  }
  return choice.delta.content;
}
