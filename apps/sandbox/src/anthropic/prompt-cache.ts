import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Tokenizer } from '../tokens/tokenizer.js';
import { blocksOf, type AnthropicBody, type SentBlock } from './body.js';

/** The beginnings of prompts that were marked for the cache: written the first time, then read. */
export class PromptCache {
  readonly #known = new LRUCache<string, true>({ max: 1_000 });

  /** Tokens of this prompt that are written to the cache or read from it; both 0 if nothing is marked. */
  async use(body: AnthropicBody, tokenizer: Tokenizer): Promise<{ written: number; read: number }> {
    const blocks = [...blocksOf(body.system), ...body.messages.flatMap(({ content }) => blocksOf(content))];
    const last = blocks.findLastIndex((block) => block.cache_control !== undefined && block.cache_control !== null);
    if (last < 0) return { written: 0, read: 0 };
    const texts = blocks.slice(0, last + 1).map(textOf);
    const key = createHash('sha1')
      .update(JSON.stringify([body.model, texts]))
      .digest('base64');
    const tokens = await tokenizer.count(texts);
    if (this.#known.get(key) === true) return { written: 0, read: tokens };
    this.#known.set(key, true);
    return { written: tokens, read: 0 };
  }
}

const textOf = (block: SentBlock): string => block.text ?? '';
