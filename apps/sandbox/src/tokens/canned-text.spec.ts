import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { cannedPieces, textOf, tokensOf } from './canned-text.js';

const NOTHING = { images: 0, sounds: 0, files: 0 };

describe('canned text', () => {
  it('has exactly the number of tokens asked for, at any length, for any prompt', () => {
    for (const prompt of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) {
      for (let length = 1; length <= 260; length += 1) {
        const pieces = cannedPieces(prompt, NOTHING, length);
        expect(tokensOf(pieces)).toBe(length);
        expect(encode(textOf(pieces))).toHaveLength(length);
      }
    }
  });

  it('ends with its first sentence if no length is asked for', () => {
    for (const prompt of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']) {
      const pieces = cannedPieces(prompt, NOTHING, null);
      expect(textOf(pieces)).toMatch(/^[A-Z][^.]+sandbox[^.]+\.$/);
      expect(encode(textOf(pieces))).toHaveLength(tokensOf(pieces));
      expect(pieces.length).toBeGreaterThanOrEqual(20);
      expect(pieces.length).toBeLessThanOrEqual(30);
    }
  });

  it.each([
    [{ images: 1, sounds: 0, files: 0 }, /^I see 1 image\. /],
    [{ images: 2, sounds: 0, files: 1 }, /^I see 2 images\. I see 1 file\. /],
    [{ images: 1234, sounds: 3, files: 0 }, /^I see 1234 images\. I see 3 sounds\. /],
  ])('begins with a remark on %j, with a true count', (attachments, beginning) => {
    const pieces = cannedPieces('x', attachments, null);
    expect(textOf(pieces)).toMatch(beginning);
    expect(encode(textOf(pieces))).toHaveLength(tokensOf(pieces));
  });
});
