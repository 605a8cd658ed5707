import { settled } from '@lumenfall/testing';
import { TurnPipeline } from './turn-pipeline.js';

const nextTurn = async (): Promise<void> => {
  await new Promise((resolve) => setImmediate(resolve));
  await settled();
};

describe('TurnPipeline', () => {
  it('sends the items of one turn of the event loop together, without waiting for those of earlier turns', async () => {
    const sent: (readonly string[])[] = [];
    const pipeline = new TurnPipeline<string>((items) => {
      sent.push(items);
      return new Promise(() => undefined);
    });
    void pipeline.add('a');
    await Promise.resolve();
    void pipeline.add('b');
    expect(sent).toEqual([]);
    await nextTurn();
    void pipeline.add('c');
    await nextTurn();
    expect(sent).toEqual([['a', 'b'], ['c']]);
  });

  it('settles each item with its own result, and all of them if nothing could be sent', async () => {
    let reachable = true;
    const pipeline = new TurnPipeline<string>(async (items) => {
      if (!reachable) throw new Error('unreachable');
      return items.map((item) => (item === 'bad' ? new Error('full') : null));
    });
    const outcomes = await Promise.allSettled(['good', 'bad'].map((item) => pipeline.add(item)));
    expect(outcomes).toMatchObject([{ status: 'fulfilled' }, { reason: new Error('full') }]);
    reachable = false;
    await expect(pipeline.add('good')).rejects.toThrow('unreachable');
  });
});
