import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { LRUCache } from 'lru-cache';
import { piece, type Piece } from './canned-text.js';
import { IdleThread } from '../idle-thread.js';

type Task = { kind: 'count'; texts: string[] } | { kind: 'split'; text: string };

const IDLE_MS = 15_000;
const LONGEST_KEY = 1_000;

/**
 * Counts and splits by OpenAI's o200k_base, whatever the model. The tokenizer's tables take 70 MB and a third of a
 * second to load, so it runs in a thread that ends when it is idle; counts are cached here.
 */
export class Tokenizer {
  readonly #thread = new IdleThread<Task, unknown>(
    fileURLToPath(new URL('./tokenizer-thread.mjs', import.meta.url)),
    IDLE_MS,
  );
  readonly #counts = new LRUCache<string, number>({ max: 5_000 });

  /** The sum of the texts' tokens; not a promise if all of them are cached. */
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

  close(): Promise<void> {
    return this.#thread.close();
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
