import { countTokens as countAtOnce } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens } from './count-tokens.js';

describe('tokens', () => {
  it.each([
    '',
    'Hello',
    'The quick brown fox jumps over the lazy dog. '.repeat(500),
    'Größe ändert sich; '.repeat(900),
  ])('of a text in words are exact, in pieces or not', async (text) =>
    expect(await countTokens(text)).toBe(countAtOnce(text)),
  );

  it('of one endless word are counted in time that grows no faster than it', async () => {
    const since = process.cpuUsage();
    expect(await countTokens('x'.repeat(200_000))).toBeCloseTo(25_000, -3);
    // Of work, not of the time that a busy machine takes for it; by the square it would be most of a minute.
    expect(process.cpuUsage(since).user / 1_000).toBeLessThan(5_000);
  });

  it('of a very long text leave others their turn', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await countTokens('word '.repeat(200_000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });
});
