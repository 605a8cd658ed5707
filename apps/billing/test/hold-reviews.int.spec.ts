import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { newRequestId, type HoldRequest, type Modality } from '@lumenfall/contracts';
import { imageRunStore } from '@lumenfall/image-runs';
import { micros } from '@lumenfall/money';
import { aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { holdReviews, holdStore, ledgerStore } from '@lumenfall/ledger';

/** Every review is due at once. */
const AT_ONCE = { reviewMs: 0, doubtMs: 0 };

describe('the reviews of holds', () => {
  let db: MigratedDatabase<Client>;
  let organizationId: string;
  const stores = (timing = AT_ONCE) => ({
    holds: holdStore(db.client, timing),
    reviews: holdReviews(db.client, timing),
    ledger: ledgerStore(db.client),
  });
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await db.sql('DELETE FROM holds');
    organizationId = await db.organization(1_000_000);
  });

  async function placed(modality: Modality, changes: Partial<HoldRequest> = {}, timing = AT_ONCE): Promise<string> {
    const requestId = newRequestId();
    const request = { requestId, organizationId, modality, amountMicros: 1_000, ...changes };
    const [deadline, placeUntil] = [changes.deadline ?? Date.now() + 60_000, Date.now() + 60_000];
    expect(await stores(timing).holds.place({ ...request, deadline, placeUntil })).toMatchObject({ outcome: 'held' });
    return requestId;
  }
  const held = async (): Promise<number> => (await stores().ledger.figures(organizationId))?.heldMicros ?? -1;
  const settle = (requestId: string, cost: number) =>
    stores().ledger.apply([
      { record: aUsageRecord({ organizationId, requestId }), costMicros: micros(cost), unpriced: false },
    ]);
  const aVideo = (requestId: string, state: string) =>
    db.sql(
      `INSERT INTO videos (request_id, organization_id, key_id, state, request_context, plan, attempts, next_action_at,
         deadline, media_retention, estimate_micros, created_at, body_hash)
       VALUES ($1, $2, 'key', $3, '{}', '{}', '[]', now(), now(), 'none', 1000, now(), 'hash')`,
      [requestId, organizationId, state],
    );

  it('are not due before the time to review has passed', async () => {
    await placed('image', {}, { reviewMs: 60_000, doubtMs: 0 });
    expect(await stores().reviews.due(10)).toEqual([]);
  });

  it('find the row of a video, in every state but the one before its hold', async () => {
    const [running, ended, pending, none] = [
      await placed('video'),
      await placed('video'),
      await placed('video'),
      await placed('video'),
    ];
    await aVideo(running, 'running');
    await aVideo(ended, 'failed');
    await aVideo(pending, 'pending');
    const due = new Map((await stores().reviews.due(10)).map((hold) => [hold.requestId, hold.hasRow]));
    expect([due.get(running), due.get(ended), due.get(pending), due.get(none)]).toEqual([true, true, false, false]);
  });

  it('end a hold that a recorded request has, although its settlement should have', async () => {
    const requestId = await placed('video');
    await aVideo(requestId, 'completed');
    await db.sql(
      `INSERT INTO requests (id, organization_id, modality, status, created_at, recorded_at)
       VALUES ($1, $2, 'video', 'completed', now(), now())`,
      [requestId, organizationId],
    );
    expect(await stores().reviews.due(10)).toMatchObject([{ requestId, hasRow: false }]);
  });

  it('find an image run whose outcome is stored and not recorded yet', async () => {
    const [running, ended] = [await placed('image'), await placed('image')];
    const runs = imageRunStore(db.client);
    for (const requestId of [running, ended]) {
      const deadline = new Date(Date.now() + 60_000);
      const run = { requestId, organizationId, keyId: 'key', idempotencyKey: null, bodyHash: 'hash', deadline };
      await runs.begin(run, { repeated: false });
    }
    const error = { code: 'TIMEOUT', message: 'm', param: null } as const;
    const usage = aUsageRecord({ organizationId, requestId: ended });
    await runs.end(ended, { end: { state: 'failed', error, executedModel: null }, usage });
    const due = new Map((await stores().reviews.due(10)).map((hold) => [hold.requestId, hold.hasRow]));
    expect([due.get(running), due.get(ended)]).toEqual([false, true]);
  });

  it('call a hold overdue some time after the deadline of its job', async () => {
    const [early, late] = [await placed('text'), await placed('text', { deadline: Date.now() - 60_000 })];
    const due = new Map((await stores().reviews.due(10)).map((hold) => [hold.requestId, hold.overdue]));
    expect([due.get(early), due.get(late)]).toEqual([false, true]);
  });

  it('end a hold only after a doubt, and count it until then', async () => {
    const { reviews } = stores();
    const requestId = await placed('text');
    expect(await reviews.due(10)).toMatchObject([{ requestId, doubtedForMs: null }]);
    expect(await reviews.expire([requestId])).toEqual([]);
    await reviews.doubt([requestId]);
    expect(await reviews.due(10)).toMatchObject([{ requestId, doubtedForMs: expect.any(Number) }]);
    expect(await held()).toBe(1_000);
    expect(await reviews.expire([requestId])).toEqual([requestId]);
    expect(await reviews.expire([requestId])).toEqual([]);
    expect(await held()).toBe(0);
    const [row] = await db.sql('SELECT state, ended_at FROM holds WHERE request_id = $1', [requestId]);
    expect(row).toEqual({ state: 'expired', ended_at: expect.any(Date) });
  });

  it('do not end a hold that was extended after the doubt', async () => {
    const { reviews } = stores();
    const requestId = await placed('text');
    await reviews.doubt([requestId]);
    await stores({ reviewMs: 60_000, doubtMs: 0 }).reviews.extend([requestId]);
    expect(await reviews.expire([requestId])).toEqual([]);
    expect(await reviews.due(10)).toEqual([]);
    expect(await held()).toBe(1_000);
  });

  it('end a hold once if several processes review it at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => placed('text')));
    await stores().reviews.doubt(ids);
    const ended = await Promise.all([1, 2, 3, 4].map(() => stores().reviews.expire(ids)));
    expect(ended.flat().sort()).toEqual([...ids].sort());
  });

  it('leave the charge of an expired hold to its usage record, which comes late and is charged once', async () => {
    const { reviews } = stores();
    const requestId = await placed('video', { amountMicros: 900_000 });
    await reviews.doubt([requestId]);
    await reviews.expire([requestId]);
    await Promise.all([1, 2, 3].map(() => settle(requestId, 900_000)));
    expect(await db.books(organizationId)).toEqual({ balance: 100_000, entries: 100_000 });
    expect(await db.sql('SELECT state FROM holds WHERE request_id = $1', [requestId])).toEqual([{ state: 'expired' }]);
  });

  it('and settlements at the same time end each hold once and charge each request once', async () => {
    const { reviews } = stores();
    const ids = await Promise.all(Array.from({ length: 30 }, () => placed('text')));
    await reviews.doubt(ids);
    const [ended] = await Promise.all([reviews.expire(ids), ...ids.map((id) => settle(id, 1_000))]);
    expect(await db.books(organizationId)).toEqual({ balance: 970_000, entries: 970_000 });
    const states = await db.sql('SELECT state, COUNT(*)::int AS n FROM holds GROUP BY state');
    const count = (state: string): unknown => states.find((row) => row['state'] === state)?.['n'] ?? 0;
    expect([count('held'), count('expired')]).toEqual([0, ended?.length]);
  });

  it('delete tombstones when they are old, and nothing else', async () => {
    const { holds, reviews } = stores();
    const released = await placed('image');
    await holds.release([{ requestId: released, organizationId, modality: 'image' }]);
    await holds.release([{ requestId: newRequestId(), organizationId, modality: 'image' }]);
    expect(await reviews.forgetTombstones(60_000)).toBe(0);
    expect(await reviews.forgetTombstones(-1_000)).toBe(1);
    expect(await db.sql('SELECT request_id FROM holds')).toEqual([{ request_id: released }]);
  });

  it('count the open holds and their age', async () => {
    const { reviews } = stores();
    expect(await reviews.open()).toEqual({ count: 0, micros: 0, oldestSeconds: 0 });
    await placed('image');
    const old = await placed('text');
    await db.sql(`UPDATE holds SET created_at = now() - interval '5 minutes' WHERE request_id = $1`, [old]);
    const { count, micros: amount, oldestSeconds } = await reviews.open();
    expect([count, amount]).toEqual([2, 2_000]);
    expect(oldestSeconds).toBeGreaterThanOrEqual(300);
  });
});
