import { createHash } from 'node:crypto';
import { BoundedMap } from '../memory/bounded-map.js';
import { IdleThread } from '../threads/idle-thread.js';
import { scriptPath } from '../threads/script-path.js';
import { piece, type Piece } from './piece.js';

type Task = { kind: 'count'; texts: string[] } | { kind: 'split'; text: string };

const IDLE_MS = 15_000;
const LONGEST_KEY = 1_000;

/**
 * Counts and splits by OpenAI's o200k_base, whatever the model. The tokenizer's tables take 70 MB and a third of a second to load, so
 * it lives in a thread that is there only while it is needed; counts are remembered here.
 */
export class Tokenizer {
  readonly #thread = new IdleThread<Task, unknown>(scriptPath('tokenizer-thread.mjs'), IDLE_MS);
  readonly #counts = new BoundedMap<string, number>(5_000);

  /** The texts' tokens together. Answers at once, without a promise, when all of them are remembered. */
  count(texts: readonly string[]): number | Promise<number> {
    let sum = 0;
    let unknown: string[] | null = null;
    for (const text of texts) {
      if (text === '') continue;
      const known = this.#counts.get(keyOf(text));
      if (known === undefined) (unknown ??= []).push(text);
      else sum += known;
    }
    return unknown === null ? sum : this.#ask(unknown).then((more) => sum + more);
  }

  /** Cuts a text into pieces that end where tokens end. */
  async split(text: string): Promise<Piece[]> {
    const pieces = (await this.#thread.run({ kind: 'split', text })) as { text: string; tokens: number }[];
    return pieces.map(({ text: part, tokens }) => piece(part, tokens));
  }

  stop(): Promise<void> {
    return this.#thread.stop();
  }

  async #ask(texts: string[]): Promise<number> {
    const counts = (await this.#thread.run({ kind: 'count', texts })) as number[];
    let sum = 0;
    counts.forEach((count, index) => {
      this.#counts.set(keyOf(texts[index] ?? ''), count);
      sum += count;
    });
    return sum;
  }
}

/** Short texts are their own key; of long ones only a hash is kept. */
const keyOf = (text: string): string =>
  text.length <= LONGEST_KEY ? text : `\0${createHash('sha1').update(text).digest('base64')}`;
