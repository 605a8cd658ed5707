import { jest } from '@jest/globals';
import type { QueueEngine, WorkerHost } from '@lumenfall/queue';
import { eventually, pause } from '@lumenfall/testing';
import {
  handleOf,
  refusal,
  running,
  scriptedVideos,
  succeeded,
  verdict,
  type ScriptedVideos,
} from './scripted-videos.js';
import { PRICE } from './video-row.js';
import { GRANT, openVideoStudio, type VideoStudio } from './video-studio.js';

jest.setTimeout(30_000);

describe('videos', () => {
  let studio: VideoStudio;
  let engine: QueueEngine;
  // One at a time: jobs of one test must not meet the providers of another.
  let host: WorkerHost;
  beforeAll(async () => {
    studio = await openVideoStudio();
    engine = await studio.openQueue(studio.url);
    await studio.startBilling(engine);
  });
  afterAll(() => studio.close());
  afterEach(() => host.close(500));

  async function begin(scripted: ScriptedVideos, providers: Parameters<VideoStudio['newVideo']>[0] = ['openai']) {
    const video = await studio.newVideo(providers);
    const ports = studio.portsOf(engine, scripted, video.organizationId);
    host = await studio.startWorker(engine, ports);
    await studio.enqueue(engine, video);
    return { ...video, ports };
  }

  it('are submitted, looked after, fetched, stored, and charged what was estimated', async () => {
    const scripted = scriptedVideos({
      openai: { polls: [running(null), running(40), refusal('transient'), succeeded()] },
    });
    const { requestId, organizationId } = await begin(scripted);
    const row = await studio.untilState(requestId, 'completed');
    expect(row).toMatchObject({
      progress: 100,
      costMicros: PRICE,
      handle: { upstreamId: 'openai-1' },
      error: null,
      completedAt: expect.any(Date),
    });
    expect(row.usage).toMatchObject({
      requestId,
      status: 'completed',
      provider: 'openai',
      executedModel: 'openai/sora-2',
    });
    const file = await studio.store.open(row.output?.name ?? '');
    expect(file).toMatchObject({ contentType: 'video/mp4', sizeBytes: row.output?.sizeBytes });
    await eventually(async () => (await studio.balance(organizationId)) === GRANT - PRICE);
    expect(scripted.submitted).toEqual(['openai']);
  });

  it('go on to the next offering when one refuses, or fails after it had accepted', async () => {
    const scripted = scriptedVideos({
      openai: { submit: () => refusal('rate'), polls: [] },
      fal: { polls: [verdict('transient')] },
      gemini: { polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted, ['openai', 'fal', 'gemini']);
    const row = await studio.untilState(requestId, 'completed');
    expect(scripted.submitted).toEqual(['openai', 'fal', 'gemini']);
    expect(row.attempts).toMatchObject([
      { provider: 'openai', failure: 'rate' },
      { provider: 'fal', failure: 'transient' },
      { provider: 'gemini', status: 'succeeded' },
    ]);
  });

  it.each([
    ['moderation', 'CONTENT_POLICY_VIOLATION'],
    ['client', 'UPSTREAM_ERROR'],
  ] as const)('end at a verdict of %s, and cost nothing', async (kind, code) => {
    const scripted = scriptedVideos({ openai: { polls: [verdict(kind)] }, fal: { polls: [succeeded()] } });
    const { requestId, organizationId } = await begin(scripted, ['openai', 'fal']);
    const row = await studio.untilState(requestId, 'failed');
    expect(row).toMatchObject({
      error: { code },
      costMicros: 0,
      usage: { status: 'upstream_failure', charge: { quantities: [] } },
    });
    expect(scripted.submitted).toEqual(['openai']);
    await eventually(async () => (await studio.read(requestId)).usageQueuedAt);
    expect(await studio.balance(organizationId)).toBe(GRANT);
  });

  it('are not completed by a file that is no video', async () => {
    const { requestId } = await begin(scriptedVideos({ openai: { polls: [succeeded(Buffer.from('<html>'))] } }));
    expect(await studio.untilState(requestId, 'failed')).toMatchObject({
      output: null,
      error: {
        code: 'ALL_PROVIDERS_EXHAUSTED',
        message: 'All providers failed. openai: delivered a file that is not a video',
      },
    });
  });

  it('whose submission may have arrived are never submitted again, and end at their deadline', async () => {
    const scripted = scriptedVideos({
      openai: { submit: () => refusal('ambiguous'), polls: [] },
      fal: { polls: [succeeded()] },
    });
    const { requestId, organizationId, ports } = await begin(scripted, ['openai', 'fal']);
    await studio.untilState(requestId, 'unknown');
    await studio.change(requestId, {
      deadline: new Date(Date.now() - 60_000),
      nextActionAt: new Date(Date.now() - 60_000),
    });
    expect(await studio.sweep(ports)).toMatchObject({ revived: 1 });
    expect(await studio.untilState(requestId, 'failed')).toMatchObject({ error: { code: 'TIMEOUT' }, costMicros: 0 });
    expect(scripted.submitted).toEqual(['openai']);
    expect(await studio.balance(organizationId)).toBe(GRANT);
  });

  it('that were taken for lost are found again by the answer to their submission', async () => {
    let answer: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (answer = resolve));
    const scripted = scriptedVideos({
      openai: { submit: () => accepted.then(() => ({ ok: true, value: handleOf('late') })), polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted);
    await studio.untilState(requestId, 'submitting');
    await studio.change(requestId, { state: 'unknown' });
    answer();
    expect(await studio.untilState(requestId, 'completed')).toMatchObject({ handle: { upstreamId: 'late' } });
  });

  it('that are cancelled while they run are called off at the provider, once, and nothing more is done', async () => {
    const scripted = scriptedVideos({ openai: { polls: [running(10)] } });
    const { requestId } = await begin(scripted);
    await studio.untilState(requestId, 'running');
    await studio.change(requestId, { state: 'cancelled', completedAt: new Date() });
    await eventually(() => scripted.cancelled.length > 0);
    const looks = scripted.looks.get('openai');
    await pause(1_500);
    expect([scripted.cancelled, scripted.looks.get('openai')]).toEqual([['openai-1'], looks]);
  });

  it('that are cancelled while they are being submitted are called off as soon as they can be', async () => {
    let answer: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (answer = resolve));
    const scripted = scriptedVideos({
      openai: { submit: () => accepted.then(() => ({ ok: true, value: handleOf('late') })), polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted);
    await studio.untilState(requestId, 'submitting');
    await studio.change(requestId, { state: 'cancelled', completedAt: new Date() });
    answer();
    await eventually(() => scripted.cancelled.includes('late'));
    expect((await studio.read(requestId)).state).toBe('cancelled');
  });

  it('that are cancelled while their file is stored leave no file', async () => {
    const video = await studio.newVideo(['openai']);
    const { requestId } = video;
    const before = await studio.files();
    const ports = studio.portsOf(engine, scriptedVideos({ openai: { polls: [succeeded()] } }), video.organizationId);
    const save = ports.store.save;
    ports.store = {
      ...ports.store,
      save: async (...args) => {
        const file = await save(...args);
        await studio.change(requestId, { state: 'cancelled', completedAt: new Date() });
        return file;
      },
    };
    host = await studio.startWorker(engine, ports);
    await studio.enqueue(engine, video);
    await studio.untilState(requestId, 'cancelled');
    await host.close(2_000);
    expect(await studio.files()).toEqual(before);
    expect(await studio.read(requestId)).toMatchObject({ state: 'cancelled', output: null, usage: null });
  });

  it('that nobody finishes in time fail, are called off, and cost nothing', async () => {
    const scripted = scriptedVideos({ openai: { polls: [running(10)] } });
    const { requestId } = await begin(scripted);
    await studio.untilState(requestId, 'running');
    await studio.change(requestId, { deadline: new Date() });
    expect(await studio.untilState(requestId, 'failed')).toMatchObject({ error: { code: 'TIMEOUT' }, costMicros: 0 });
    await eventually(() => scripted.cancelled.length === 1);
  });

  it('are swept by several workers at once, each given one new job', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const { requestId, organizationId } = await studio.newVideo(['openai']);
    await studio.change(requestId, { nextActionAt: new Date(Date.now() - 60_000) });
    const sweeps = await Promise.all(
      Array.from({ length: 4 }, () => studio.sweep(studio.portsOf(engine, scripted, organizationId))),
    );
    expect(sweeps.reduce((sum, { revived }) => sum + revived, 0)).toBe(1);
    host = await studio.startWorker(engine, studio.portsOf(engine, scripted, organizationId));
    await studio.untilState(requestId, 'completed');
    expect(scripted.submitted).toEqual(['openai']);
  });
});
