import { pause } from '@lumenfall/testing';
import { EngineHarness } from './engine-harness.js';

/** The behaviour of the shared state of every engine; `newQueue` returns the URL of an empty queue. */
export function sharedStateContract(newQueue: () => Promise<string>): void {
  let harness: EngineHarness;
  beforeEach(async () => {
    harness = new EngineHarness(await newQueue());
  });
  afterEach(() => harness.close());

  it('loses no concurrent update of the shared state', async () => {
    const processes = await Promise.all([harness.engine(), harness.engine(), harness.engine()]);
    const states = await Promise.all(processes.map((engine) => engine.openSharedState()));
    expect(await states[0]?.read()).toEqual(new Map());
    const addOne = (current: string | null): string => String(Number(current ?? '0') + 1);
    const adding = states.map(async (state) => {
      for (let n = 0; n < 20; n += 1) await state.update('sum', addOne);
    });
    const appending = states.map((state, index) => state.update('odd: key | "', (now) => `${now ?? ''}|${index}\n`));
    await Promise.all([...adding, ...appending]);
    for (const state of states) {
      const entries = await state.read();
      expect(entries.get('sum')).toBe('60');
      expect(entries.get('odd: key | "')?.split('\n').sort()).toEqual(['', '|0', '|1', '|2']);
      expect(entries.size).toBe(2);
    }
    expect(await states[0]?.update('sum', () => '')).toBe('');
    expect(await states[1]?.update('sum', (current) => `was ${JSON.stringify(current)}`)).toBe('was ""');
  });

  it('grants a lease to one of many claimants, and again after it expired', async () => {
    const processes = await Promise.all([harness.engine(), harness.engine()]);
    const states = await Promise.all(processes.map((engine) => engine.openSharedState()));
    const race = async (name: string): Promise<number> => {
      const claims = states.flatMap((state) => Array.from({ length: 10 }, () => state.claim(name, 60_000)));
      return (await Promise.all(claims)).filter((claimed) => claimed).length;
    };
    expect([await race('probe'), await race('probe')]).toEqual([1, 0]);
    expect(await states[1]?.claim('another', 100)).toBe(true);
    await pause(150);
    expect([await race('another'), await race('probe')]).toEqual([1, 0]);
  });
}
