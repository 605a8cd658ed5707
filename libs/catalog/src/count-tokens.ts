import { setImmediate as letOthersRun } from 'node:timers/promises';

let encoding: Promise<{ countTokens(text: string): number }> | undefined;

/** Characters that are counted at once: the time for a run without spaces grows with the square of its length. */
const PIECE = 2_000;
/** About 10 ms of counting. */
const PIECES_AT_ONCE = 64;

/**
 * Tokens of `text` in o200k_base, the encoding of OpenAI's current models. Its tables are loaded at the first call. A long text is
 * counted in pieces, between which others get their turn; only where a word is longer than a piece is that not exact.
 */
export async function countTokens(text: string): Promise<number> {
  encoding ??= import('gpt-tokenizer/encoding/o200k_base');
  const { countTokens: count } = await encoding;
  let tokens = 0;
  let pieces = 0;
  for (const piece of piecesOf(text)) {
    if (++pieces % PIECES_AT_ONCE === 0) await letOthersRun();
    tokens += count(piece);
  }
  return tokens;
}

/** Cut before spaces, where tokens begin. */
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
