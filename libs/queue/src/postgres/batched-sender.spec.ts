import { BatchedSender } from './batched-sender.js';

describe('a batched sender', () => {
  const sent: string[][] = [];
  let release: () => void = () => undefined;
  const slow = (texts: string[]): Promise<void> => {
    sent.push(texts);
    return new Promise((resolve) => (release = resolve));
  };
  beforeEach(() => void sent.splice(0));

  it('sends the first text at once and what comes meanwhile together, in order', async () => {
    const sender = new BatchedSender(slow);
    const first = sender.send('a');
    const others = Promise.all(['b', 'c', 'd'].map((text) => sender.send(text)));
    expect(sent).toEqual([['a']]);
    release();
    await first;
    expect(sent).toEqual([['a'], ['b', 'c', 'd']]);
    expect(sender.idle()).toBe(false);
    release();
    await others;
    expect(sender.idle()).toBe(true);
  });

  it('sends what is too long for a batch alone', async () => {
    const long = 'x'.repeat(2_000_000);
    const sender = new BatchedSender(async (texts) => void sent.push(texts));
    await Promise.all(['a', 'b', long, 'c'].map((text) => sender.send(text)));
    expect(sent).toEqual([['a'], ['b'], [long], ['c']]);
  });

  it('tells a failed batch to its senders and goes on with the next', async () => {
    let failing = true;
    const sender = new BatchedSender(async (texts) => {
      sent.push(texts);
      if (failing) throw new Error('away');
    });
    await expect(sender.send('a')).rejects.toThrow('away');
    failing = false;
    await sender.send('b');
    expect(sent).toEqual([['a'], ['b']]);
  });
});
