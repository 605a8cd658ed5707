import type { CallOutcome } from '@lumenfall/routing';
import { KnownEntry, type EntryKind } from './known-entry.js';

const success: CallOutcome = { kind: 'success', latencyMs: 1, startedAt: 0, probe: false };
/** Counts outcomes; a text that is not a number cannot be read. */
const COUNT: EntryKind<number> = {
  unknown: 0,
  read: (text) => (Number.isNaN(Number(text)) ? null : Number(text)),
  after: (count) => count + 1,
};

describe('KnownEntry', () => {
  let entry: KnownEntry<number>;
  beforeEach(() => (entry = new KnownEntry(COUNT)));

  it('applies local outcomes to the shared value', () => {
    entry.receive('40');
    entry.report(success, 0);
    entry.report(success, 0);
    expect([entry.now, entry.isDirty]).toEqual([42, true]);
    entry.receive('50');
    expect(entry.now).toBe(52);
  });

  it('applies local outcomes to a shared value that changed meanwhile', async () => {
    entry.receive('1');
    entry.report(success, 0);
    const written: string[] = [];
    await entry.flush(async (change) => {
      for (const current of ['5', '7']) written.push(change(current));
      // An outcome that arrives during the update.
      entry.report(success, 0);
      return written.at(-1) ?? '';
    });
    expect(written).toEqual(['6', '8']);
    expect([entry.now, entry.isDirty]).toEqual([9, true]);
  });

  it('keeps outcomes that could not be shared', async () => {
    entry.report(success, 0);
    await expect(entry.flush(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect([entry.now, entry.isDirty]).toEqual([1, true]);
    await entry.flush(async (change) => change(null));
    expect([entry.now, entry.isDirty]).toEqual([1, false]);
  });

  it('stays bounded and correct while the shared state is unreachable', async () => {
    for (let n = 0; n < 2_000; n += 1) entry.report(success, 0);
    expect(entry.now).toBe(2_000);
    let reported = '';
    await entry.flush(async (change) => (reported = change('10')));
    expect([Number(reported) > 10, Number(reported) <= 510, entry.isDirty]).toEqual([true, true, false]);
  });

  it('falls back to the unknown value for a text that cannot be read', () => {
    entry.receive('{"of": "a later version"}');
    expect(entry.now).toBe(0);
    entry.receive('3');
    entry.receive(null);
    expect(entry.now).toBe(0);
  });
});
