// @ts-check
import { parentPort } from 'node:worker_threads';
import { countTokens, decode, encode } from 'gpt-tokenizer/encoding/o200k_base';

/** Byte-pair merging takes quadratic time on text without a break, so no stretch of it may be longer than this. */
const LONGEST_STRETCH = 400;
const UNBROKEN = new RegExp(`[^\\s]{${LONGEST_STRETCH}}(?=[^\\s])|\\s{${LONGEST_STRETCH}}(?=\\s)`, 'gu');

/** @param {string} text */
function* stretches(text) {
  let from = 0;
  for (const match of text.matchAll(UNBROKEN)) {
    const to = match.index + match[0].length;
    yield text.slice(from, to);
    from = to;
  }
  yield text.slice(from);
}

/** @param {string} text */
function count(text) {
  let tokens = 0;
  for (const stretch of stretches(text)) tokens += countTokens(stretch);
  return tokens;
}

/**
 * Cuts a text where its tokens end; tokens that hold only a part of a character stay together.
 * @param {string} text
 */
function split(text) {
  const pieces = [];
  for (const stretch of stretches(text)) {
    let held = [];
    for (const token of encode(stretch)) {
      held.push(token);
      const piece = decode(held);
      if (piece.includes('\uFFFD') && held.length < 8) continue;
      pieces.push({ text: piece, tokens: held.length });
      held = [];
    }
    if (held.length > 0) pieces.push({ text: decode(held), tokens: held.length });
  }
  return pieces;
}

parentPort?.on('message', ({ task, port }) => {
  try {
    port.postMessage({ value: task.kind === 'count' ? task.texts.map(count) : split(task.text) });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
});
