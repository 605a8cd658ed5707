import { newRequestId, type Plan, type VideoOutput } from '@lumenfall/contracts';
import {
  anOffering,
  aPlan,
  aUsageRecord,
  requestContext,
  aVideoRequest,
  migratedDatabase,
  type MigratedDatabase,
} from '@lumenfall/testing';
import { migrateDatabase, openClient, type Client } from '@lumenfall/database';
import { videoStore, type NewVideo } from './index.js';

const MINUTE = 60_000;
const plan: Plan = aPlan({ model: 'sora-2', modality: 'video', route: [anOffering({ provider: 'openai' })] });

const storesOf = (client: Client) => ({
  videos: videoStore(client),
});

describe('the video store', () => {
  let db: MigratedDatabase<Client>;
  let stores: ReturnType<typeof storesOf>;
  let organizationId: string;
  beforeAll(async () => {
    db = await migratedDatabase(migrateDatabase, openClient);
    stores = storesOf(db.client);
  });
  beforeEach(async () => {
    organizationId = await db.organization(1_000);
  });
  afterAll(() => db.close());

  const aVideo = (changes: Partial<NewVideo> = {}): NewVideo => ({
    requestContext: requestContext({ organizationId, modality: 'video', requestId: newRequestId() }),
    plan,
    request: aVideoRequest({ prompt: 'A quiet sea' }),
    prompt: 'A quiet sea',
    seconds: '4',
    size: '1280x720',
    clientMetadata: { job: '7' },
    nextActionAt: new Date(Date.now() + 5 * MINUTE),
    deadline: new Date(Date.now() + 60 * MINUTE),
    mediaRetention: 'none',
    estimateMicros: 400_000,
    idempotencyKey: null,
    bodyHash: 'a',
    ...changes,
  });
  const unexpected = (requestId: string, error: unknown): never => {
    throw new Error(`the row ${requestId} cannot be read`, { cause: error });
  };
  const create = async (changes: Partial<NewVideo> = {}) => {
    const { requestId } = (await stores.videos.create(aVideo(changes))).video;
    const video = await stores.videos.admit(requestId);
    if (video === null) throw new Error('the video was not admitted');
    return video;
  };
  const file = (expiresAt: number): VideoOutput => ({
    name: 'x.mp4',
    contentType: 'video/mp4',
    sizeBytes: 9,
    expiresAt,
    durationSeconds: 4,
    width: 1280,
    height: 720,
  });

  it('keeps addresses, stored images and data URIs of references with the request', async () => {
    const stored = { name: 'a.png', contentType: 'image/png', width: 8, height: 4, sizeBytes: 9 };
    const inputReferences = ['https://example.com/a.png', stored, 'data:image/png;base64,aaaa'];
    const { requestId } = await create({ request: { ...aVideoRequest(), inputReferences } });
    expect((await stores.videos.get(requestId))?.request?.inputReferences).toEqual(inputReferences);
  });

  it('creates a pending row, which gets its line in the history when it is admitted', async () => {
    const input = aVideo();
    const { outcome, video } = await stores.videos.create(input);
    const { requestId } = video;
    const history = () =>
      db.sql('SELECT status, cost_micros::int, recorded_at FROM requests WHERE id = $1', [requestId]);
    const { idempotencyKey: _key, bodyHash: _hash, ...visible } = input;
    expect(outcome).toBe('created');
    const fresh = { version: 1, attempts: [], handle: null, usage: null };
    expect(video).toMatchObject({ ...visible, ...fresh, state: 'pending' });
    expect(await history()).toEqual([]);
    const admitted = await stores.videos.admit(requestId);
    expect(admitted).toEqual({ ...video, state: 'queued' });
    expect(await stores.videos.get(requestId)).toEqual(admitted);
    expect(await history()).toEqual([{ status: 'processing', cost_micros: 0, recorded_at: null }]);
    expect(await stores.videos.admit(requestId)).toBeNull();
    expect(await stores.videos.withdraw(requestId)).toBe(false);
  });

  it('hides a pending row from its caller, keeps the key for it, and frees the key when it is withdrawn', async () => {
    const { requestId } = (await stores.videos.create(aVideo({ idempotencyKey: 'pending' }))).video;
    expect(await stores.videos.find(organizationId, requestId)).toBeNull();
    expect(await stores.videos.list(organizationId, { limit: 3, order: 'asc' })).toMatchObject({ videos: [] });
    const repeat = await stores.videos.create(aVideo({ idempotencyKey: 'pending' }));
    expect(repeat).toMatchObject({ outcome: 'replayed', video: { requestId, state: 'pending' } });
    expect(await stores.videos.withdraw(requestId)).toBe(true);
    expect(await stores.videos.admit(requestId)).toBeNull();
    expect((await stores.videos.create(aVideo({ idempotencyKey: 'pending' }))).outcome).toBe('created');
  });

  it('is either admitted or withdrawn if both happen at the same time', async () => {
    for (let race = 0; race < 10; race += 1) {
      const { requestId } = (await stores.videos.create(aVideo())).video;
      const [admitted, withdrawn] = await Promise.all([
        stores.videos.admit(requestId),
        stores.videos.withdraw(requestId),
      ]);
      expect(admitted === null).toBe(withdrawn);
    }
  });

  it('withdraws the pending rows of gateways that died, and no others', async () => {
    const past = new Date(Date.now() - 5 * MINUTE);
    const queued = await create({ nextActionAt: past });
    const forgotten = (await stores.videos.create(aVideo({ nextActionAt: past }))).video;
    const young = (await stores.videos.create(aVideo())).video;
    expect(await stores.videos.findOverdue(new Date(), 1000, unexpected)).toMatchObject([
      { requestId: queued.requestId },
    ]);
    expect(await stores.videos.withdrawForgotten(new Date())).toBe(1);
    expect(await stores.videos.get(forgotten.requestId)).toBeNull();
    expect(await stores.videos.get(young.requestId)).toMatchObject({ state: 'pending' });
    await db.client.$executeRaw`DELETE FROM videos WHERE organization_id = ${organizationId}`;
  });

  it('finds the video of a repeated request, and reports a conflict for another body', async () => {
    const video = await create({ idempotencyKey: 'repeat', bodyHash: 'a' });
    const ask = (idempotencyKey: string, bodyHash: string) =>
      stores.videos.findEarlier({ organizationId, idempotencyKey, bodyHash });
    expect(await ask('repeat', 'a')).toEqual({ outcome: 'replayed', video });
    expect(await ask('repeat', 'b')).toEqual({ outcome: 'conflict', video });
    expect(await ask('unheard of', 'a')).toBeNull();
  });

  it('creates one video per idempotency key for any number of concurrent requests', async () => {
    const inputs = [1, 2, 3, 4, 5].map(() => aVideo({ idempotencyKey: 'k' }));
    const made = await Promise.all(inputs.map((input) => stores.videos.create(input)));
    expect(made.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(made.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(4);
    expect(new Set(made.map(({ video }) => video.requestId)).size).toBe(1);
    const [count] = await db.sql('SELECT count(*)::int AS n FROM videos WHERE organization_id = $1', [organizationId]);
    expect(count).toEqual({ n: 1 });

    expect((await stores.videos.create(aVideo({ idempotencyKey: 'k', bodyHash: 'b' }))).outcome).toBe('conflict');
    expect((await stores.videos.create(aVideo({ idempotencyKey: 'other' }))).outcome).toBe('created');
  });

  it('frees an idempotency key after 24 hours, and keeps it to its organization', async () => {
    const yesterday = new Date(Date.now() - 24 * 60 * MINUTE - 1_000).toISOString();
    const old = aVideo({ idempotencyKey: 'k' });
    const first = await create({ ...old, requestContext: { ...old.requestContext, createdAt: yesterday } });
    const again = await stores.videos.create(aVideo({ idempotencyKey: 'k' }));
    expect(again.outcome).toBe('created');
    expect(again.video.requestId).not.toBe(first.requestId);
    organizationId = await db.organization(1_000);
    expect((await stores.videos.create(aVideo({ idempotencyKey: 'k' }))).outcome).toBe('created');
  });

  it('lets exactly one of several concurrent moves succeed', async () => {
    const { requestId, version } = await create();
    const handle = { upstreamId: 'up', statusUrl: null, resultUrl: null, cancelUrl: null };
    const moved = await Promise.all(
      [1, 2, 3, 4].map((progress) =>
        stores.videos.move({ requestId, version }, { state: 'running', progress, handle }),
      ),
    );
    const winners = moved.flatMap((row) => (row ? [row] : []));
    expect(winners).toHaveLength(1);
    expect(winners[0]).toMatchObject({ state: 'running', version: 2, handle });
    expect(await stores.videos.get(requestId)).toEqual(winners[0]);
  });

  it('an overdue video whose row cannot be read is reported, and the others are still found', async () => {
    const past = new Date(Date.now() - 5 * MINUTE);
    const [broken, due] = [await create({ nextActionAt: past }), await create({ nextActionAt: past })];
    await db.client.$executeRaw`UPDATE videos SET plan = '{}' WHERE request_id = ${broken.requestId}`;
    const unreadable: string[] = [];
    const overdue = await stores.videos.findOverdue(new Date(), 1000, (requestId) => void unreadable.push(requestId));
    expect([overdue.map(({ requestId }) => requestId), unreadable]).toEqual([[due.requestId], [broken.requestId]]);
    await db.client.$executeRaw`DELETE FROM videos WHERE request_id IN (${broken.requestId}, ${due.requestId})`;
  });

  it('finds overdue videos, and terminal videos until the request history has their usage', async () => {
    const due = await create({ nextActionAt: new Date(Date.now() - 5 * MINUTE) });
    await create();
    const overdue = await stores.videos.findOverdue(new Date(), 1000, unexpected);
    expect(overdue.map(({ requestId }) => requestId)).toEqual([due.requestId]);

    const { requestId } = due;
    const completedAt = new Date(Date.now() - 2 * MINUTE);
    const usage = aUsageRecord({ requestId, organizationId });
    const ended = await stores.videos.move(due, { state: 'completed', completedAt, usage, costMicros: 400_000 });
    expect(ended).toMatchObject({ usage, costMicros: 400_000, completedAt });
    expect(await stores.videos.findOverdue(new Date(), 1000, unexpected)).toEqual([]);
    const unrecorded = await stores.videos.findUnrecorded(new Date(), 1000, unexpected);
    expect(unrecorded.map((row) => row.requestId)).toEqual([requestId]);
    await stores.videos.move({ requestId, version: 2 }, { usageQueuedAt: new Date() });
    expect(await stores.videos.findUnrecorded(new Date(), 1000, unexpected)).toMatchObject([{ requestId }]);
    await db.sql('UPDATE requests SET recorded_at = now() WHERE id = $1', [requestId]);
    expect(await stores.videos.findUnrecorded(new Date(), 1000, unexpected)).toEqual([]);
  });

  it('lists videos in both orders, starting after any of them', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1) ids.push((await create()).requestId);
    const ascending = await stores.videos.list(organizationId, { limit: 3, order: 'asc' });
    expect(ascending.hasMore).toBe(true);
    const rest = await stores.videos.list(organizationId, {
      limit: 3,
      order: 'asc',
      after: ascending.videos.at(-1)?.requestId,
    });
    expect(rest.hasMore).toBe(false);
    const all = [...ascending.videos, ...rest.videos].map(({ requestId }) => requestId);
    expect([...all].sort()).toEqual([...ids].sort());
    const descending = await stores.videos.list(organizationId, { limit: 10, order: 'desc' });
    expect(descending.videos.map(({ requestId }) => requestId)).toEqual([...all].reverse());
    expect(await stores.videos.list(organizationId, { limit: 3, order: 'asc', after: newRequestId() })).toEqual({
      videos: [],
      hasMore: false,
    });
    expect(await stores.videos.find('org_other', ids[0] ?? '')).toBeNull();
  });

  it('deletes the texts of the caller when the media have expired', async () => {
    const [kept, gone, running] = [await create(), await create(), await create()];
    const completedAt = new Date();
    await stores.videos.move(kept, { state: 'completed', completedAt, output: file(Date.now() + 60 * MINUTE) });
    await stores.videos.move(gone, { state: 'completed', completedAt, output: file(Date.now() - 1) });
    expect(await stores.videos.forgetExpired(new Date())).toBe(1);
    const forgotten = await stores.videos.get(gone.requestId);
    expect(forgotten).toMatchObject({ prompt: null, request: null, clientMetadata: null, state: 'completed' });
    for (const { requestId } of [kept, running]) {
      expect(await stores.videos.get(requestId)).toMatchObject({
        prompt: 'A quiet sea',
        clientMetadata: { job: '7' },
      });
    }
    await stores.videos.move({ requestId: kept.requestId, version: 2 }, { output: null });
    expect(await stores.videos.forgetExpired(new Date(Date.now() + 1_000))).toBe(1);
  });

  it('replaces the characters of a prompt that PostgreSQL cannot store', async () => {
    const video = await create({ prompt: 'a\0b', clientMetadata: { k: '\udc00' } });
    expect(video).toMatchObject({ prompt: 'a\uFFFDb', clientMetadata: { k: '\uFFFD' } });
  });
});
