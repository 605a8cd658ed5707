import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { organizationStore } from '@lumenfall/accounts';
import { migrateDatabase, openClient } from '@lumenfall/database';
import { HealthWatch } from '@lumenfall/execution';
import { ledgerStore, holdStore } from '@lumenfall/ledger';
import { priceUsage } from '@lumenfall/metering';
import { videoStore, type VideoChanges, type VideoRow } from '@lumenfall/videos';
import type { ProviderSlug, UsageRecord, VideoReference } from '@lumenfall/contracts';
import { openMediaStore } from '@lumenfall/media';
import { micros } from '@lumenfall/money';
import { GENERATION } from '@lumenfall/providers';
import { openQueueEngine, type QueueEngine, type WorkerHost } from '@lumenfall/queue';
import { createLogger } from '@lumenfall/service-kit';
import { aPlan, eventually, filledDatabase, followUsageLog, requestContext, aVideoRequest } from '@lumenfall/testing';
import { advanceVideo } from '../src/videos/advance-video.js';
import { sweepVideos } from '../src/videos/sweep-videos.js';
import type { VideoPorts } from '../src/videos/video-moves.js';
import type { ScriptedVideos } from './scripted-videos.js';
import { aVideoOffering, PRICE } from './video-row.js';

const log = createLogger('test', 'silent');
export const GRANT = 10_000_000;

/** A migrated database, a media folder and any number of queues. */
export async function openVideoHarness() {
  const fresh = await filledDatabase('migrated', (url) => migrateDatabase(url, { info: () => undefined }));
  const client = openClient(fresh.url);
  const videos = videoStore(client);
  const ledger = ledgerStore(client);
  const holds = holdStore(client);
  const dir = await mkdtemp(join(tmpdir(), 'videos-'));
  const store = await openMediaStore({ dir });
  const engines: QueueEngine[] = [];
  const hosts: Pick<WorkerHost, 'close'>[] = [];

  async function openQueue(url: string): Promise<QueueEngine> {
    const engine = await openQueueEngine(url, { stallMs: 1_000 });
    engines.push(engine);
    return engine;
  }

  /** Ports of one worker; its sweep sees only the videos of this organization, so that tests can share a database. */
  function portsOf(engine: QueueEngine, scripted: ScriptedVideos, organizationId: string): VideoPorts {
    const own = (rows: VideoRow[]): VideoRow[] => rows.filter((row) => row.organizationId === organizationId);
    return {
      videos: {
        ...videos,
        findOverdue: async (now, _limit, report) => own(await videos.findOverdue(now, 1_000, report)),
        findUnrecorded: async (olderThan, _limit, report) => own(await videos.findUnrecorded(olderThan, 1_000, report)),
      },
      producer: engine.producer(),
      usage: engine.usageLog(),
      clients: scripted.clients,
      // Videos must not share the health of their providers.
      health: new HealthWatch(null, log),
      pause: async () => undefined,
      limits: { submit: GENERATION, poll: GENERATION },
      fetchMedia: async (source) =>
        source.kind === 'bytes'
          ? { ok: true, value: source.bytes }
          : Promise.reject(new Error('Scripts hand over bytes')),
      store,
      log,
    };
  }

  async function startWorker(engine: QueueEngine, ports: VideoPorts): Promise<WorkerHost> {
    const advance = (
      { requestId }: { requestId: string },
      context: Parameters<typeof advanceVideo>[1],
    ): Promise<void> => advanceVideo(requestId, context, ports);
    const handlers = { 'video.submit': advance, 'video.poll': advance };
    const host = await engine.work({ queue: 'video', concurrency: 4, handlers });
    hosts.push(host);
    return host;
  }

  /** Prices usage records and applies them to the ledger, as billing does. */
  async function startBilling(engine: QueueEngine): Promise<void> {
    const apply = async (record: UsageRecord): Promise<void> => {
      const { totalMicros, unpriced } = priceUsage(record.charge);
      await ledger.apply([{ record, costMicros: totalMicros, unpriced }]);
    };
    hosts.push(await followUsageLog(engine.usageLog(), apply));
  }

  /** Whether billing has applied the usage record of a request. */
  const isRecorded = async (requestId: string): Promise<boolean> =>
    (await client.request.findUniqueOrThrow({ where: { id: requestId } })).recordedAt !== null;

  /** As if the record had been missing in the request history for some time. */
  const missedFor = async (requestId: string, ms: number): Promise<unknown> =>
    client.video.update({ where: { requestId }, data: { usageSince: new Date(Date.now() - ms) } });

  async function newVideo(
    providers: ProviderSlug[],
    changes: { deadline?: Date; inputReferences?: VideoReference[] } = {},
  ): Promise<VideoRow> {
    const { id: organizationId } = await organizationStore(client).ensure({
      slug: `harness-${Math.random().toString(36).slice(2)}`,
      name: 'Harness',
      grantMicros: micros(GRANT),
    });
    const plan = aPlan({
      model: 'sora-2',
      modality: 'video',
      route: providers.map((provider, priority) => aVideoOffering(provider, priority)),
    });
    const {
      video: { requestId },
    } = await videos.create({
      requestContext: requestContext({
        organizationId,
        modality: 'video',
        model: 'sora-2',
        endpoint: '/openai/v1/videos',
      }),
      plan,
      seconds: '4',
      size: '1280x720',
      request: {
        ...aVideoRequest({ prompt: 'a cat', seconds: 8 }),
        inputReferences: changes.inputReferences ?? [],
      },
      prompt: 'a cat',
      clientMetadata: null,
      nextActionAt: new Date(),
      deadline: changes.deadline ?? new Date(Date.now() + 600_000),
      mediaRetention: 'none',
      estimateMicros: PRICE,
      idempotencyKey: null,
      bodyHash: 'hash',
    });
    return (await videos.admit(requestId)) ?? read(requestId);
  }

  const enqueue = (engine: QueueEngine, { requestId, version }: VideoRow): Promise<void> =>
    engine.producer().enqueue('video.submit', { requestId }, { id: `${requestId}-submit-${String(version)}` });

  async function read(requestId: string): Promise<VideoRow> {
    const row = await videos.get(requestId);
    if (row === null) throw new Error(`No video ${requestId}`);
    return row;
  }

  /** Changes a row as another process does, or as if time had passed. */
  async function change(requestId: string, changes: VideoChanges): Promise<VideoRow> {
    return eventually(async () => videos.move(await read(requestId), changes));
  }

  const untilState = (requestId: string, ...states: VideoRow['state'][]): Promise<VideoRow> =>
    eventually(async () => {
      const row = await read(requestId);
      if (!states.includes(row.state)) throw new Error(`Still ${row.state}, not ${states.join(' or ')}`);
      return row;
    });

  const placeHold = ({ requestId, organizationId }: VideoRow): Promise<unknown> =>
    holds.place({
      ...{ requestId, organizationId, modality: 'video', amountMicros: PRICE },
      ...{ deadline: Date.now() + 3_600_000, placeUntil: Date.now() + 60_000 },
    });

  const held = async (organizationId: string): Promise<number> =>
    (await ledger.figures(organizationId))?.heldMicros ?? Number.NaN;

  const balance = async (organizationId: string): Promise<number> =>
    (await ledger.figures(organizationId))?.balanceMicros ?? Number.NaN;

  async function close(): Promise<void> {
    await Promise.all(hosts.map((host) => host.close(0)));
    await Promise.all(engines.map((engine) => engine.close()));
    await client.$disconnect();
    await fresh.drop();
    await rm(dir, { recursive: true, force: true });
  }

  return {
    url: fresh.url,
    store,
    openQueue,
    portsOf,
    startWorker,
    startBilling,
    newVideo,
    isRecorded,
    missedFor,
    enqueue,
    read,
    change,
    untilState,
    balance,
    placeHold,
    held,
    sweep: (ports: VideoPorts) => sweepVideos(ports),
    files: () => readdir(dir),
    close,
  };
}

export type VideoHarness = Awaited<ReturnType<typeof openVideoHarness>>;
