import { countTokens as countAtOnce } from 'gpt-tokenizer/encoding/o200k_base';
import { countTokens, countTokensOf } from './count-tokens.js';

describe('countTokens', () => {
  it.each([
    '',
    'Hello',
    'The quick brown fox jumps over the lazy dog. '.repeat(500),
    'Größe ändert sich; '.repeat(900),
  ])('counts a text of words exactly, in pieces or whole', async (text) =>
    expect(await countTokens(text)).toBe(countAtOnce(text)),
  );

  it('counts one endless word in time linear to its length', async () => {
    const since = process.cpuUsage();
    expect(await countTokens('x'.repeat(200_000))).toBeCloseTo(25_000, -3);
    // Of work, not of the time that a busy machine takes for it; by the square it would be most of a minute.
    expect(process.cpuUsage(since).user / 1_000).toBeLessThan(5_000);
  });

  it('yields to the event loop while it counts a long text', async () => {
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    await countTokens('漢字仮名交じり文'.repeat(30_000));
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it.each([
    ['words', 'The quick brown fox jumps over the lazy dog. ', 45],
    ['noise', 'q7Zk2', 5],
  ])('estimates the tokens of a book of %s from samples, closely and quickly', async (_, text, length) => {
    const since = process.cpuUsage();
    const many = await countTokens(text.repeat(15_000_000 / length));
    expect(process.cpuUsage(since).user / 1_000).toBeLessThan(5_000);
    const few = await countTokens(text.repeat(150_000 / length));
    expect(many / few).toBeGreaterThan(98);
    expect(many / few).toBeLessThan(102);
  });

  it('countTokensOf counts many texts within the time limit of one', async () => {
    const texts = ['Hello there', ...Array.from({ length: 60 }, () => 'q7Zk2'.repeat(50_000))];
    const since = process.cpuUsage();
    const all = await countTokensOf(texts);
    expect(process.cpuUsage(since).user / 1_000).toBeLessThan(5_000);
    expect(all / (60 * (await countTokens('q7Zk2'.repeat(50_000))))).toBeCloseTo(1, 1);
    expect(await countTokensOf(['Hello there', 'you'])).toBe(countAtOnce('Hello there') + countAtOnce('you'));
  });
});
