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

  it('whose submission the provider did take after all are looked after as any other, and paid for once', async () => {
    const scripted = scriptedVideos({
      openai: {
        submit: () => refusal('ambiguous'),
        lookUp: async ({ submittedAt, isTaken }) => {
          expect(Date.now() - submittedAt).toBeLessThan(60_000);
          expect(await isTaken('never-heard-of')).toBe(false);
          return { ok: true, value: { found: 'job', handle: handleOf('found') } };
        },
        polls: [running(20), succeeded()],
      },
      fal: { polls: [succeeded()] },
    });
    const { requestId, organizationId } = await begin(scripted, ['openai', 'fal']);
    const row = await studio.untilState(requestId, 'completed');
    expect(row).toMatchObject({ handle: { upstreamId: 'found' }, costMicros: PRICE });
    expect(row.attempts).toMatchObject([{ failure: 'ambiguous' }, { status: 'succeeded', costMicros: PRICE }]);
    expect(scripted.submitted).toEqual(['openai']);
    await eventually(async () => (await studio.balance(organizationId)) === GRANT - PRICE);
  });

  it('that the provider certainly did not take go to the next, but not at the first look', async () => {
    let looks = 0;
    const scripted = scriptedVideos({
      openai: {
        submit: () => refusal('ambiguous'),
        lookUp: () => {
          looks += 1;
          return { ok: true, value: { found: 'nothing' } };
        },
        polls: [],
      },
      fal: { polls: [succeeded()] },
    });
    const { requestId, ports } = await begin(scripted, ['openai', 'fal']);
    await eventually(() => looks === 1);
    await eventually(async () => (await studio.read(requestId)).pollCount === 1);
    expect(await studio.read(requestId)).toMatchObject({ state: 'unknown' });
    await studio.change(requestId, { nextActionAt: new Date(Date.now() - 60_000) });
    expect(await studio.sweep(ports)).toMatchObject({ revived: 1 });
    expect(await studio.untilState(requestId, 'completed')).toMatchObject({
      attempts: [{ failure: 'transient', message: 'The provider did not take the video' }, { provider: 'fal' }],
    });
    expect(looks).toBe(2);
  });

  it('are not given the job of another video, even where the provider knows of no other', async () => {
    const first = scriptedVideos({ openai: { polls: [succeeded()] } });
    const { requestId } = await begin(first);
    const { handle } = await studio.untilState(requestId, 'completed');
    await host.close(500);
    const second = scriptedVideos({
      openai: {
        submit: () => refusal('ambiguous'),
        lookUp: async ({ isTaken }) => {
          const taken = await isTaken(handle?.upstreamId ?? '');
          return { ok: true, value: taken ? { found: 'unknown' } : { found: 'nothing' } };
        },
        polls: [],
      },
    });
    const other = await begin(second);
    await eventually(async () => (await studio.read(other.requestId)).pollCount === 1);
    expect(await studio.read(other.requestId)).toMatchObject({ state: 'unknown', handle: null });
  });

  it('are looked after with the key they were submitted with, and with another should that be gone', async () => {
    const keys = ['openai#1', 'openai#2', 'openai#3'];
    const scripted = scriptedVideos({ openai: { keys, polls: [running(10), running(20), running(30)] } });
    const { requestId } = await begin(scripted);
    await eventually(() => scripted.calls.length >= 4);
    const [credential] = new Set(scripted.calls.map((call) => call.replace(/^\w+ /, '')));
    expect(new Set(scripted.calls)).toEqual(new Set([`submit ${credential}`, `poll ${credential}`]));
    await host.close(500);
    const others = scriptedVideos({ openai: { keys: ['openai#9'], polls: [succeeded()] } });
    const { organizationId } = await studio.read(requestId);
    host = await studio.startWorker(engine, studio.portsOf(engine, others, organizationId));
    expect(await studio.untilState(requestId, 'completed')).toMatchObject({
      usage: { attempts: [{ credential, chosen: 'preferred' }], choice: { order: [{}, {}, {}] } },
    });
    expect(others.calls).toEqual(['poll openai#9']);
  });

  it('are tried again at the only provider there is, and end when it has had its chances', async () => {
    const flaky = scriptedVideos({
      openai: {
        submit: (times) => (times < 3 ? refusal('transient') : { ok: true, value: handleOf('third') }),
        polls: [succeeded()],
      },
    });
    const { requestId } = await begin(flaky);
    const { attempts } = await studio.untilState(requestId, 'completed');
    expect(attempts.map(({ chosen }) => chosen)).toEqual(['only', 'again', 'again']);
    await host.close(500);
    const dead = scriptedVideos({ openai: { submit: () => refusal('transient'), polls: [] } });
    const failed = await studio.untilState((await begin(dead)).requestId, 'failed');
    expect(failed).toMatchObject({ error: { code: 'ALL_PROVIDERS_EXHAUSTED' }, costMicros: 0 });
    expect(dead.submitted).toHaveLength(5);
  });

  it('for which no provider can be tried just now wait for one, and say so while they do', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const video = await studio.newVideo(['openai']);
    const ports = studio.portsOf(engine, scripted, video.organizationId);
    const stop = { key: 'openai/sora-2@openai#test', credential: 'openai#test' };
    const limited = { kind: 'rate', retryAfterMs: 6_000, startedAt: Date.now(), probe: false } as const;
    ports.health.report({ stop, outcome: limited, status: 429 });
    host = await studio.startWorker(engine, ports);
    await studio.enqueue(engine, video);
    await eventually(async () => (await studio.read(video.requestId)).version > video.version);
    expect(await studio.read(video.requestId)).toMatchObject({ state: 'queued', attempts: [] });
    expect(scripted.submitted).toEqual([]);
    await studio.untilState(video.requestId, 'completed');
    expect(scripted.submitted).toEqual(['openai']);
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
