import { pause } from '@lumenfall/testing';
import { EngineStand } from './engine-stand.js';

/** What the shared board of every engine must do; `newQueue` gives the URL of an empty one. */
export function boardContract(newQueue: () => Promise<string>): void {
  let stand: EngineStand;
  beforeEach(async () => {
    stand = new EngineStand(await newQueue());
  });
  afterEach(() => stand.close());

  it('shares a board on which nothing that two processes write at once is lost', async () => {
    const processes = await Promise.all([stand.engine(), stand.engine(), stand.engine()]);
    const boards = await Promise.all(processes.map((engine) => engine.openSharedState()));
    expect(await boards[0]?.read()).toEqual(new Map());
    const addOne = (current: string | null): string => String(Number(current ?? '0') + 1);
    const adding = boards.map(async (board) => {
      for (let n = 0; n < 20; n += 1) await board.update('sum', addOne);
    });
    const appending = boards.map((board, index) => board.update('odd: key | "', (now) => `${now ?? ''}|${index}\n`));
    await Promise.all([...adding, ...appending]);
    for (const board of boards) {
      const entries = await board.read();
      expect(entries.get('sum')).toBe('60');
      expect(entries.get('odd: key | "')?.split('\n').sort()).toEqual(['', '|0', '|1', '|2']);
      expect(entries.size).toBe(2);
    }
    expect(await boards[0]?.update('sum', () => '')).toBe('');
    expect(await boards[1]?.update('sum', (current) => `was ${JSON.stringify(current)}`)).toBe('was ""');
  });

  it('gives a lease on the board to one of many, and again when it has run out', async () => {
    const processes = await Promise.all([stand.engine(), stand.engine()]);
    const boards = await Promise.all(processes.map((engine) => engine.openSharedState()));
    const race = async (name: string): Promise<number> => {
      const claims = boards.flatMap((board) => Array.from({ length: 10 }, () => board.claim(name, 60_000)));
      return (await Promise.all(claims)).filter((claimed) => claimed).length;
    };
    expect([await race('probe'), await race('probe')]).toEqual([1, 0]);
    expect(await boards[1]?.claim('another', 100)).toBe(true);
    await pause(150);
    expect([await race('another'), await race('probe')]).toEqual([1, 0]);
  });
}
