import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { ledgerStore } from '@lumenfall/ledger';
import { newRequestId, type GeneratedImage } from '@lumenfall/contracts';
import { anAnswerMetadata, aUsageRecord, migratedDatabase, type MigratedDatabase } from '@lumenfall/testing';
import { micros } from '@lumenfall/money';
import { imageRunStore, type EndedImageRun, type ImageRunAnswer, type NewImageRun } from './index.js';

const MINUTE = 60_000;

const storesOf = (client: Client) => ({
  imageRuns: imageRunStore(client),
  ledger: ledgerStore(client),
});

describe('image runs', () => {
  let database: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  beforeAll(async () => {
    database = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(database.client);
  });
  afterAll(() => database.close());
  beforeEach(() => database.sql('TRUNCATE image_runs'));

  const runs = () => stores.imageRuns;
  const aRun = (changes: Partial<NewImageRun> = {}): NewImageRun => ({
    requestId: newRequestId(),
    organizationId: 'org_1',
    keyId: 'key_1',
    idempotencyKey: null,
    bodyHash: 'a body',
    deadline: new Date(Date.now() + 10 * MINUTE),
    ...changes,
  });
  const first = { repeated: false };
  const again = { repeated: true };
  const answer = (expiresAt = Date.now() + 60 * MINUTE): ImageRunAnswer => {
    const image: GeneratedImage = {
      file: { name: 'a.png', contentType: 'image/png', sizeBytes: 1, expiresAt },
      width: 1,
      height: 1,
      format: 'png',
      revisedPrompt: 'with a \0 in it',
    };
    return { images: [image], metadata: anAnswerMetadata(), created: 7 };
  };
  const answered = (expiresAt?: number): EndedImageRun => ({
    end: { state: 'answered', answer: answer(expiresAt) },
    usage: null,
  });
  const failed: EndedImageRun = {
    end: { state: 'failed', error: { code: 'TIMEOUT', message: 'm', param: null }, executedModel: null },
    usage: null,
  };
  const backdate = (requestId: string, minutes: number): Promise<unknown> =>
    database.sql(`UPDATE image_runs SET created_at = created_at - $2 * interval '1 minute' WHERE request_id = $1`, [
      requestId,
      minutes,
    ]);

  it('runs two requests without an idempotency key independently', async () => {
    expect(await runs().begin(aRun(), first)).toEqual({ outcome: 'begun' });
    expect(await runs().begin(aRun(), first)).toEqual({ outcome: 'begun' });
  });

  it('joins a marked repeat with the same body and API key to the earlier run', async () => {
    const run = aRun();
    await runs().begin(run, first);
    const { requestId, deadline } = run;
    expect(await runs().isWanted(requestId, MINUTE)).toBe(false);
    expect(await runs().begin(aRun(), again)).toEqual({
      outcome: 'repeat',
      run: { requestId, state: 'running', deadline },
    });
    expect(await runs().isWanted(requestId, MINUTE)).toBe(true);
    expect(await runs().begin(aRun({ bodyHash: 'another' }), again)).toEqual({ outcome: 'begun' });
    expect(await runs().begin(aRun({ keyId: 'key_2' }), again)).toEqual({ outcome: 'begun' });
  });

  it('replays an answered run to a marked repeat', async () => {
    const [one, two] = [aRun(), aRun()];
    await runs().begin(one, first);
    await runs().begin(two, first);
    await runs().end(one.requestId, answered());
    const found = [await runs().begin(aRun(), again), await runs().begin(aRun(), again)];
    expect(found.map((begun) => (begun.outcome === 'repeat' ? begun.run.requestId : null)).sort()).toEqual(
      [one.requestId, two.requestId].sort(),
    );
    expect(found).toContainEqual({
      outcome: 'repeat',
      run: expect.objectContaining({
        state: 'answered',
        answer: expect.objectContaining({
          created: 7,
          images: [expect.objectContaining({ revisedPrompt: 'with a \uFFFD in it' })],
        }),
      }),
    });
  });

  it.each<[string, (requestId: string) => Promise<unknown>]>([
    ['failed', (id) => runs().end(id, failed)],
    ['was withdrawn', (id) => runs().withdraw(id)],
    ['has lost its files', (id) => runs().end(id, answered(Date.now() - 1))],
    ['is eleven minutes old', (id) => backdate(id, 11)],
    [
      'is past its deadline',
      (id) => database.sql('UPDATE image_runs SET deadline = now() WHERE request_id = $1', [id]),
    ],
  ])('are not joined where the earlier one %s', async (_why, change) => {
    const run = aRun();
    await runs().begin(run, first);
    await change(run.requestId);
    expect(await runs().begin(aRun(), again)).toEqual({ outcome: 'begun' });
  });

  it('begins a new run if the files of the earlier one are lost', async () => {
    const run = aRun();
    await runs().begin(run, first);
    await runs().end(run.requestId, answered());
    await runs().forget(run.requestId);
    expect(await runs().begin(aRun(), again)).toEqual({ outcome: 'begun' });
  });

  describe('the outcome of an image run', () => {
    const ended = (): EndedImageRun => ({ ...answered(), usage: aUsageRecord() });

    it('is the first one that was stored', async () => {
      const run = aRun();
      await runs().begin(run, first);
      expect(await runs().endOf(run.requestId)).toBe('running');
      const [one, other] = await Promise.all([runs().end(run.requestId, ended()), runs().end(run.requestId, failed)]);
      expect([one?.first, other?.first].sort()).toEqual([false, true]);
      expect(one?.kept.end.state).toBe(other?.kept.end.state);
      expect(await runs().endOf(run.requestId)).toEqual(expect.objectContaining({ end: expect.anything() }));
    });

    it('keeps the answer and its usage record unchanged', async () => {
      const [run, end] = [aRun(), { ...failed, usage: aUsageRecord({ errorMessage: 'm', errorCode: 'TIMEOUT' }) }];
      await runs().begin(run, first);
      expect(await runs().end(run.requestId, end)).toEqual({ kept: end, first: true });
      expect(await runs().endOf(run.requestId)).toEqual(end);
    });

    it('is not stored if the run was deleted, and protects its run from being withdrawn', async () => {
      const [withdrawn, over] = [aRun(), aRun()];
      for (const run of [withdrawn, over]) await runs().begin(run, first);
      expect(await runs().withdraw(withdrawn.requestId)).toBe(true);
      expect(await runs().end(withdrawn.requestId, ended())).toBeNull();
      expect(await runs().endOf(withdrawn.requestId)).toBeNull();
      await runs().end(over.requestId, ended());
      expect(await runs().withdraw(over.requestId)).toBe(false);
      expect(await runs().find(over.requestId)).toMatchObject({ state: 'answered' });
    });

    it('returns its usage record as unrecorded until the history has it', async () => {
      const organizationId = await database.organization(1_000_000);
      const usage = aUsageRecord({ organizationId });
      const run = aRun({ requestId: usage.requestId });
      await runs().begin(run, first);
      await runs().end(run.requestId, { ...answered(), usage });
      expect(await runs().unrecorded(60_000, 10)).toEqual([]);
      expect(await runs().unrecorded(0, 10)).toEqual([{ record: usage, since: expect.any(Date) }]);
      await database.sql(`UPDATE image_runs SET usage_since = now() - interval '2 minutes'`);
      expect(await runs().unrecorded(60_000, 10)).toMatchObject([{ record: usage }]);
      await runs().sentAgain(run.requestId);
      expect(await runs().unrecorded(60_000, 10)).toEqual([]);
      await backdate(run.requestId, 30 * 60);
      expect(await runs().sweep()).toBe(0);
      await stores.ledger.apply([{ record: usage, costMicros: micros(2_000), unpriced: false }]);
      expect(await runs().unrecorded(0, 10)).toEqual([]);
      expect(await runs().endOf(run.requestId)).toMatchObject({ usage: null });
      // A purge finds the files by the row.
      expect(await runs().sweep()).toBe(0);
      await database.sql(`UPDATE image_runs SET media_until = now() WHERE request_id = $1`, [run.requestId]);
      expect(await runs().sweep()).toBe(1);
    });

    it('is kept after another run has taken its idempotency key', async () => {
      const run = aRun({ idempotencyKey: 'k' });
      await runs().begin(run, first);
      const end = { ...failed, usage: aUsageRecord() };
      await runs().end(run.requestId, end);
      expect(await runs().begin(aRun({ idempotencyKey: 'k' }), first)).toEqual({ outcome: 'begun' });
      expect(await runs().unrecorded(0, 10)).toMatchObject([{ record: end.usage }]);
    });
  });

  describe('an idempotency key of images', () => {
    const keyed = (changes: Partial<NewImageRun> = {}): NewImageRun => aRun({ idempotencyKey: 'k', ...changes });

    it('begins one run for any number of concurrent requests', async () => {
      const begun = await Promise.all(Array.from({ length: 8 }, () => runs().begin(keyed(), first)));
      expect(begun.filter(({ outcome }) => outcome === 'begun')).toHaveLength(1);
      expect(begun.filter(({ outcome }) => outcome === 'repeat')).toHaveLength(7);
    });

    it('finds its run for 24 hours with every API key of the organization', async () => {
      const run = keyed();
      await runs().begin(run, first);
      await backdate(run.requestId, 23 * 60);
      expect(await runs().begin(keyed({ keyId: 'key_2' }), first)).toMatchObject({
        outcome: 'repeat',
        run: { requestId: run.requestId },
      });
      expect(await runs().begin(keyed({ bodyHash: 'another' }), first)).toEqual({ outcome: 'conflict' });
      expect(await runs().begin(keyed({ organizationId: 'org_2' }), first)).toEqual({ outcome: 'begun' });
      await backdate(run.requestId, 61);
      expect(await runs().begin(keyed({ bodyHash: 'another' }), first)).toEqual({ outcome: 'begun' });
    });

    it('is reused by a repeat if its run failed or lost its files, but never by another body', async () => {
      const run = keyed();
      await runs().begin(run, first);
      await runs().end(run.requestId, answered(Date.now() - 1));
      expect(await runs().begin(keyed({ bodyHash: 'another' }), first)).toEqual({ outcome: 'conflict' });
      const second = keyed();
      expect(await runs().begin(second, first)).toEqual({ outcome: 'begun' });
      expect(await runs().find(second.requestId)).toMatchObject({ state: 'running' });
    });
  });

  it('deletes expired runs and answers in the sweep', async () => {
    const [running, old, keyed, ancient] = [
      aRun(),
      aRun({ deadline: new Date(Date.now() - 10 * MINUTE) }),
      aRun({ idempotencyKey: 'a' }),
      aRun({ idempotencyKey: 'b' }),
    ];
    for (const run of [running, old, keyed, ancient]) await runs().begin(run, first);
    await backdate(old.requestId, 11);
    await runs().end(keyed.requestId, answered(Date.now() - 1));
    await backdate(ancient.requestId, 25 * 60);
    expect(await runs().sweep()).toBe(2);
    const rows = await database.sql('SELECT request_id, answer FROM image_runs ORDER BY created_at');
    expect(rows).toEqual([
      { request_id: running.requestId, answer: null },
      { request_id: keyed.requestId, answer: null },
    ]);
  });
});
