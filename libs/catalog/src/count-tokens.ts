import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

type Count = (text: string) => number;

let encoding: Promise<{ countTokens: Count }> | undefined;

/** Characters that are counted exactly. Of a longer text this many are sampled evenly and extrapolated. */
const MOST_COUNTED = 250_000;
/** Characters per piece: counting time of text without spaces grows with the square of its length. */
const PIECE = 512;
/** Long enough that words cut at both ends do not matter. */
const SAMPLE = 5_000;
const LONGEST_TURN_MS = 8;

/**
 * Tokens of `text` in o200k_base, the encoding of OpenAI's current models. The tables are loaded on the first call.
 * Yields to the event loop every few ms. Exact except for extremely long words and for texts above `most`.
 *
 * @param most see `MOST_COUNTED`
 */
export async function countTokens(text: string, most = MOST_COUNTED): Promise<number> {
  encoding ??= import('gpt-tokenizer/encoding/o200k_base');
  const { countTokens: count } = await encoding;
  if (text.length <= most) return countAll(text, count);
  const samples = Math.max(1, Math.floor(most / SAMPLE));
  const stride = text.length / samples;
  const sampled = Array.from({ length: samples }, (_, index) => {
    const from = Math.floor(index * stride);
    return text.slice(from, from + SAMPLE);
  }).join('');
  return Math.ceil(((await countAll(sampled, count)) * text.length) / sampled.length);
}

/** `countTokens` of all texts together, within the time limit of one. */
export async function countTokensOf(texts: readonly string[]): Promise<number> {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const share = Math.min(1, MOST_COUNTED / Math.max(1, length));
  let tokens = 0;
  for (const text of texts) tokens += await countTokens(text, Math.max(SAMPLE, Math.floor(text.length * share)));
  return tokens;
}

async function countAll(text: string, count: Count): Promise<number> {
  let tokens = 0;
  let since = performance.now();
  for (const piece of piecesOf(text)) {
    tokens += count(piece);
    if (performance.now() - since < LONGEST_TURN_MS) continue;
    await yieldToEventLoop();
    since = performance.now();
  }
  return tokens;
}

/** Split before spaces, at token boundaries. */
function* piecesOf(text: string): Generator<string> {
  let from = 0;
  while (text.length - from > PIECE) {
    const space = text.lastIndexOf(' ', from + PIECE);
    const to = space > from ? space : from + PIECE;
    yield text.slice(from, to);
    from = to;
  }
  yield text.slice(from);
}
