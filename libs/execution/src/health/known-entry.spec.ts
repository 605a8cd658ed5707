import type { CallOutcome } from '@lumenfall/routing';
import { KnownEntry, type EntryKind } from './known-entry.js';

const success: CallOutcome = { kind: 'success', latencyMs: 1, startedAt: 0, probe: false };
/** Counts outcomes; texts that are no number cannot be read. */
const COUNT: EntryKind<number> = {
  unknown: 0,
  read: (text) => (Number.isNaN(Number(text)) ? null : Number(text)),
  after: (count) => count + 1,
};

describe('an entry of the board, as one process knows it', () => {
  let entry: KnownEntry<number>;
  beforeEach(() => (entry = new KnownEntry(COUNT)));

  it('is what the board said, and what happened here since', () => {
    entry.heard('40');
    entry.tell(success, 0);
    entry.tell(success, 0);
    expect([entry.now, entry.isDirty]).toEqual([42, true]);
    entry.heard('50');
    expect(entry.now).toBe(52);
  });

  it('puts what happened here on top of what the board says by then', async () => {
    entry.heard('1');
    entry.tell(success, 0);
    const written: string[] = [];
    await entry.flush(async (change) => {
      for (const current of ['5', '7']) written.push(change(current));
      // Happens while the board is being told.
      entry.tell(success, 0);
      return written.at(-1) ?? '';
    });
    expect(written).toEqual(['6', '8']);
    expect([entry.now, entry.isDirty]).toEqual([9, true]);
  });

  it('keeps what the board could not be told', async () => {
    entry.tell(success, 0);
    await expect(entry.flush(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect([entry.now, entry.isDirty]).toEqual([1, true]);
    await entry.flush(async (change) => change(null));
    expect([entry.now, entry.isDirty]).toEqual([1, false]);
  });

  it('stays small and right while the board is away for long', async () => {
    for (let n = 0; n < 2_000; n += 1) entry.tell(success, 0);
    expect(entry.now).toBe(2_000);
    let told = '';
    await entry.flush(async (change) => (told = change('10')));
    expect([Number(told) > 10, Number(told) <= 510, entry.isDirty]).toEqual([true, true, false]);
  });

  it('is unknown where it cannot be read', () => {
    entry.heard('{"of": "a later version"}');
    expect(entry.now).toBe(0);
    entry.heard('3');
    entry.heard(null);
    expect(entry.now).toBe(0);
  });
});
