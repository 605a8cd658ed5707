import { layoutText } from './image-svg.js';

const BOX = { width: 880, height: 600 };

describe('the text of an image', () => {
  it('is larger for a short prompt than for a long one', () => {
    const short = layoutText('A fox', BOX);
    const long = layoutText('A fox and a hound run through the rain. '.repeat(4), BOX);
    expect(short.fontSize).toBeGreaterThan(long.fontSize);
    expect(long.fontSize).toBeGreaterThan(20);
  });

  it('is shortened with an ellipsis if it is too long to read', () => {
    expect(layoutText('word '.repeat(500), BOX).lines.join(' ')).toMatch(/^word .*…$/);
  });

  it('is without control characters and halves of surrogate pairs', () => {
    expect(layoutText('a\u0000b\u001b[31m\nc \ud83d', BOX).lines).toEqual(['a b [31m c']);
  });
});
