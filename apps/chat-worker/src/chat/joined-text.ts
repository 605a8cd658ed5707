import type { ChatChunk } from '@lumenfall/contracts';

/**
 * Joins neighbouring chunks that only go on with the same text into one: for a client that waits for the whole answer, an
 * answer of a thousand tokens is then one chunk to carry and to read, and says the same. Whatever else a chunk holds
 * (a tool call, log probabilities, a finish reason, a field we do not know) leaves it as it is, in its place.
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

  /** Emits what was joined last; call it before anything follows the chunks. */
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

/** The text of a chunk that has one choice and nothing but text in it; null for any other. */
function plainText(chunk: ChatChunk): { index: number; content: string } | null {
  const content = onlyText(chunk);
  if (content === null) return null;
  for (const field in chunk.choices[0]?.delta) if (field !== 'content') return null;
  return { index: chunk.choices[0]?.index ?? 0, content };
}

/** The first chunk names the role beside its text; others may go on from there. */
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
