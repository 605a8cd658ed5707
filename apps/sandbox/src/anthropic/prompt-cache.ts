import { createHash } from 'node:crypto';
import { BoundedMap } from '../memory/bounded-map.js';
import type { Tokenizer } from '../tokens/tokenizer.js';
import { blocksOf, type AnthropicBody, type SentBlock } from './body.js';

/** Which beginnings of prompts were marked for the cache before: the first time they are written, then read. */
export class PromptCache {
  readonly #known = new BoundedMap<string, true>(1_000);

  /** Tokens of this prompt that the cache takes or gives; both 0 where nothing is marked. */
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
