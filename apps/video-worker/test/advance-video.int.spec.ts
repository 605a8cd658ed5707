import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  type VideoScript,
} from './scripted-videos.js';
import { PRICE } from './video-row.js';
import { GRANT, openVideoHarness, type VideoHarness } from './video-harness.js';

describe('the work on videos', () => {
  let harness: VideoHarness;
  let engine: QueueEngine;
  // One at a time: jobs of one test must not meet the providers of another.
  let host: WorkerHost;
  beforeAll(async () => {
    harness = await openVideoHarness();
    engine = await harness.openQueue(harness.url);
    await harness.startBilling(engine);
  });
  afterAll(() => harness.close());
  afterEach(() => host.close(500));

  async function begin(
    scripted: ScriptedVideos,
    providers: Parameters<VideoHarness['newVideo']>[0] = ['openai'],
    changes: Parameters<VideoHarness['newVideo']>[1] = {},
  ) {
    const video = await harness.newVideo(providers, changes);
    const ports = harness.portsOf(engine, scripted, video.organizationId);
    host = await harness.startWorker(engine, ports);
    await harness.enqueue(engine, video);
    return { ...video, ports };
  }

  it('a video is submitted, polled, fetched, stored, and charged its estimate', async () => {
    const scripted = scriptedVideos({
      openai: { polls: [running(null), running(40), refusal('transient'), succeeded()] },
    });
    const { requestId, organizationId } = await begin(scripted);
    const row = await harness.untilState(requestId, 'completed');
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
    const file = await harness.store.open(row.output?.name ?? '');
    expect(file).toMatchObject({ contentType: 'video/mp4', sizeBytes: row.output?.sizeBytes });
    await eventually(async () => (await harness.balance(organizationId)) === GRANT - PRICE);
    expect(scripted.submitted).toEqual(['openai']);
  });

  it('a video is submitted with its reference images, which are removed at its end', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const bytes = Buffer.from('an image');
    const expiresAt = Date.now() + 600_000;
    const { name } = await harness.store.save(bytes, { contentType: 'image/png', extension: 'png', expiresAt });
    const stored = { name, contentType: 'image/png', width: 8, height: 4, sizeBytes: bytes.length };
    // The last is what a video has that was accepted before reference images moved to the media store.
    const inputReferences = [stored, 'https://example.com/a.png', 'data:image/png;base64,aaaa'];
    const { requestId } = await begin(scripted, ['openai'], { inputReferences });
    await harness.untilState(requestId, 'completed');
    expect(scripted.requests).toMatchObject([
      {
        inputReferences: [
          `data:image/png;base64,${bytes.toString('base64')}`,
          'https://example.com/a.png',
          'data:image/png;base64,aaaa',
        ],
      },
    ]);
    await eventually(async () => (await harness.store.open(name)) === null);
  });

  it('a video fails without a submission or a charge if a reference image is no longer stored', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const gone = { name: 'gone.png', contentType: 'image/png', width: 8, height: 4, sizeBytes: 9 };
    const { requestId } = await begin(scripted, ['openai'], { inputReferences: [gone] });
    const row = await harness.untilState(requestId, 'failed');
    expect([scripted.submitted, row.error, row.costMicros]).toMatchObject([
      [],
      { code: 'OVERLOADED', message: expect.stringContaining('reference images') },
      0,
    ]);
  });

  it('the output of a video has the duration and size of its file, and a shorter one costs less', async () => {
    const bytes = await readFile(join(import.meta.dirname, '../../../libs/media/test/five-seconds.mp4'));
    const { requestId } = await begin(scriptedVideos({ openai: { polls: [succeeded(bytes)] } }));
    const { output, costMicros } = await harness.untilState(requestId, 'completed');
    expect(output).toMatchObject({ durationSeconds: 5, width: 64, height: 48, sizeBytes: bytes.length });
    // Five of the eight seconds that were planned.
    expect(costMicros).toBe((PRICE * 5) / 8);
  });

  it('a video fails over when an offering refuses it, or fails it after accepting it', async () => {
    const scripted = scriptedVideos({
      openai: { submit: () => refusal('rate'), polls: [] },
      fal: { polls: [verdict('transient')] },
      gemini: { polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted, ['openai', 'fal', 'gemini']);
    const row = await harness.untilState(requestId, 'completed');
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
  ] as const)('a video ends at a verdict of kind %s and costs nothing', async (kind, code) => {
    const scripted = scriptedVideos({ openai: { polls: [verdict(kind)] }, fal: { polls: [succeeded()] } });
    const { requestId, organizationId } = await begin(scripted, ['openai', 'fal']);
    const row = await harness.untilState(requestId, 'failed');
    expect(row).toMatchObject({
      error: { code },
      costMicros: 0,
      usage: { status: 'upstream_failure', charge: { quantities: [] } },
    });
    expect(scripted.submitted).toEqual(['openai']);
    await eventually(async () => (await harness.read(requestId)).usageQueuedAt);
    expect(await harness.balance(organizationId)).toBe(GRANT);
  });

  it('a file that is not a video does not complete a video', async () => {
    const { requestId } = await begin(scriptedVideos({ openai: { polls: [succeeded(Buffer.from('<html>'))] } }));
    expect(await harness.untilState(requestId, 'failed')).toMatchObject({
      output: null,
      error: {
        code: 'ALL_PROVIDERS_EXHAUSTED',
        message: 'All providers failed. openai: delivered a file that is not a video',
      },
    });
  });

  it('a video whose submission has an unknown outcome is not submitted again and ends at its deadline', async () => {
    const scripted = scriptedVideos({
      openai: { submit: () => refusal('ambiguous'), polls: [] },
      fal: { polls: [succeeded()] },
    });
    const { requestId, organizationId, ports } = await begin(scripted, ['openai', 'fal']);
    await harness.untilState(requestId, 'unknown');
    await harness.change(requestId, {
      deadline: new Date(Date.now() - 60_000),
      nextActionAt: new Date(Date.now() - 60_000),
    });
    expect(await harness.sweep(ports)).toMatchObject({ revived: 1 });
    expect(await harness.untilState(requestId, 'failed')).toMatchObject({ error: { code: 'TIMEOUT' }, costMicros: 0 });
    expect(scripted.submitted).toEqual(['openai']);
    expect(await harness.balance(organizationId)).toBe(GRANT);
  });

  it('a video that a look-up finds at the provider is polled and charged once', async () => {
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
    const row = await harness.untilState(requestId, 'completed');
    expect(row).toMatchObject({ handle: { upstreamId: 'found' }, costMicros: PRICE });
    expect(row.attempts).toMatchObject([{ failure: 'ambiguous' }, { status: 'succeeded', costMicros: PRICE }]);
    expect(scripted.submitted).toEqual(['openai']);
    await eventually(async () => (await harness.balance(organizationId)) === GRANT - PRICE);
  });

  it('a video that two look-ups do not find goes to the next offering', async () => {
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
    await eventually(async () => (await harness.read(requestId)).pollCount === 1);
    expect(await harness.read(requestId)).toMatchObject({ state: 'unknown' });
    await harness.change(requestId, { nextActionAt: new Date(Date.now() - 60_000) });
    expect(await harness.sweep(ports)).toMatchObject({ revived: 1 });
    expect(await harness.untilState(requestId, 'completed')).toMatchObject({
      attempts: [{ failure: 'transient', message: 'The provider did not take the video' }, { provider: 'fal' }],
    });
    expect(looks).toBe(2);
  });

  it('a look-up does not take the job of another video', async () => {
    const first = scriptedVideos({ openai: { polls: [succeeded()] } });
    const { requestId } = await begin(first);
    const { handle } = await harness.untilState(requestId, 'completed');
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
    await eventually(async () => (await harness.read(other.requestId)).pollCount === 1);
    expect(await harness.read(other.requestId)).toMatchObject({ state: 'unknown', handle: null });
  });

  it('a video is polled with the credential of its submission, or with another if that is gone', async () => {
    const keys = ['openai#1', 'openai#2', 'openai#3'];
    const scripted = scriptedVideos({ openai: { keys, polls: [running(10), running(20), running(30)] } });
    const { requestId } = await begin(scripted);
    await eventually(() => scripted.calls.length >= 4);
    const [credential] = new Set(scripted.calls.map((call) => call.replace(/^\w+ /, '')));
    expect(new Set(scripted.calls)).toEqual(new Set([`submit ${credential}`, `poll ${credential}`]));
    await host.close(500);
    const others = scriptedVideos({ openai: { keys: ['openai#9'], polls: [succeeded()] } });
    const { organizationId } = await harness.read(requestId);
    host = await harness.startWorker(engine, harness.portsOf(engine, others, organizationId));
    expect(await harness.untilState(requestId, 'completed')).toMatchObject({
      usage: { attempts: [{ credential, chosen: 'preferred' }], choice: { order: [{}, {}, {}] } },
    });
    expect(others.calls).toEqual(['poll openai#9']);
  });

  it('a video is retried at its only provider and fails after the last retry', async () => {
    const flaky = scriptedVideos({
      openai: {
        submit: (times) => (times < 3 ? refusal('transient') : { ok: true, value: handleOf('third') }),
        polls: [succeeded()],
      },
    });
    const { requestId } = await begin(flaky);
    const { attempts } = await harness.untilState(requestId, 'completed');
    expect(attempts.map(({ chosen }) => chosen)).toEqual(['only', 'again', 'again']);
    await host.close(500);
    const dead = scriptedVideos({ openai: { submit: () => refusal('transient'), polls: [] } });
    const failed = await harness.untilState((await begin(dead)).requestId, 'failed');
    expect(failed).toMatchObject({ error: { code: 'ALL_PROVIDERS_EXHAUSTED' }, costMicros: 0 });
    expect(dead.submitted).toHaveLength(5);
  });

  it('a video without an available candidate stays queued until one is available', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const video = await harness.newVideo(['openai']);
    const ports = harness.portsOf(engine, scripted, video.organizationId);
    const candidate = { key: 'openai/sora-2@openai#test', credential: 'openai#test' };
    const limited = { kind: 'rate', retryAfterMs: 6_000, startedAt: Date.now(), probe: false } as const;
    ports.health.report({ candidate, outcome: limited, status: 429 });
    host = await harness.startWorker(engine, ports);
    await harness.enqueue(engine, video);
    await eventually(async () => (await harness.read(video.requestId)).version > video.version);
    expect(await harness.read(video.requestId)).toMatchObject({ state: 'queued', attempts: [] });
    expect(scripted.submitted).toEqual([]);
    await harness.untilState(video.requestId, 'completed');
    expect(scripted.submitted).toEqual(['openai']);
  });

  it('a video that counted as lost continues when its submission is answered', async () => {
    let answer: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (answer = resolve));
    const scripted = scriptedVideos({
      openai: { submit: () => accepted.then(() => ({ ok: true, value: handleOf('late') })), polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted);
    await harness.untilState(requestId, 'submitting');
    await harness.change(requestId, { state: 'unknown' });
    answer();
    expect(await harness.untilState(requestId, 'completed')).toMatchObject({ handle: { upstreamId: 'late' } });
  });

  it('a video that is cancelled while it runs is cancelled upstream once and not polled again', async () => {
    const scripted = scriptedVideos({ openai: { polls: [running(10)] } });
    const { requestId } = await begin(scripted);
    await harness.untilState(requestId, 'running');
    await harness.change(requestId, { state: 'cancelled', completedAt: new Date() });
    await eventually(() => scripted.cancelled.length > 0);
    const looks = scripted.looks.get('openai');
    await pause(1_500);
    expect([scripted.cancelled, scripted.looks.get('openai')]).toEqual([['openai-1'], looks]);
  });

  it('a video that is cancelled while it is submitted is cancelled upstream when the provider answers', async () => {
    let answer: () => void = () => undefined;
    const accepted = new Promise<void>((resolve) => (answer = resolve));
    const scripted = scriptedVideos({
      openai: { submit: () => accepted.then(() => ({ ok: true, value: handleOf('late') })), polls: [succeeded()] },
    });
    const { requestId } = await begin(scripted);
    await harness.untilState(requestId, 'submitting');
    await harness.change(requestId, { state: 'cancelled', completedAt: new Date() });
    answer();
    await eventually(() => scripted.cancelled.includes('late'));
    expect((await harness.read(requestId)).state).toBe('cancelled');
  });

  it('a video that is cancelled while its file is stored leaves no file', async () => {
    const video = await harness.newVideo(['openai']);
    const { requestId } = video;
    const before = await harness.files();
    const ports = harness.portsOf(engine, scriptedVideos({ openai: { polls: [succeeded()] } }), video.organizationId);
    const save = ports.store.save;
    ports.store = {
      ...ports.store,
      save: async (...args) => {
        const file = await save(...args);
        await harness.change(requestId, { state: 'cancelled', completedAt: new Date() });
        return file;
      },
    };
    host = await harness.startWorker(engine, ports);
    await harness.enqueue(engine, video);
    await harness.untilState(requestId, 'cancelled');
    await host.close(2_000);
    expect(await harness.files()).toEqual(before);
    expect(await harness.read(requestId)).toMatchObject({ state: 'cancelled', output: null, usage: null });
  });

  it('a video that runs beyond its deadline fails, is cancelled upstream and costs nothing', async () => {
    const scripted = scriptedVideos({ openai: { polls: [running(10)] } });
    const { requestId } = await begin(scripted);
    await harness.untilState(requestId, 'running');
    await harness.change(requestId, { deadline: new Date() });
    expect(await harness.untilState(requestId, 'failed')).toMatchObject({ error: { code: 'TIMEOUT' }, costMicros: 0 });
    await eventually(() => scripted.cancelled.length === 1);
  });

  it.each<[string, VideoScript['polls']]>([
    ['whose status the provider never changes', [running(null)]],
    ['whose poll answers cannot be read', [refusal('transient')]],
    ['whose polls are rate-limited', [refusal('rate')]],
    ['whose polls are refused', [refusal('auth')]],
    ['whose polls time out', [refusal('timeout')]],
    ['whose polls throw', []],
  ])('a video %s ends at its deadline with its hold, and costs nothing', async (_name, polls) => {
    const scripted = scriptedVideos({ openai: { polls } });
    const video = await harness.newVideo(['openai'], { deadline: new Date(Date.now() + 1_500) });
    const { requestId, organizationId } = video;
    await harness.placeHold(video);
    expect(await harness.held(organizationId)).toBe(PRICE);
    host = await harness.startWorker(engine, harness.portsOf(engine, scripted, organizationId));
    await harness.enqueue(engine, video);
    const row = await harness.untilState(requestId, 'failed');
    expect(row).toMatchObject({ error: { code: 'TIMEOUT' }, costMicros: 0, usage: { charge: { quantities: [] } } });
    await eventually(async () => (await harness.held(organizationId)) === 0);
    expect(await harness.balance(organizationId)).toBe(GRANT);
    await eventually(() => scripted.cancelled.length === 1);
    expect(scripted.submitted).toEqual(['openai']);
  });

  it('concurrent sweeps add one new job for a video that lost its own', async () => {
    const scripted = scriptedVideos({ openai: { polls: [succeeded()] } });
    const { requestId, organizationId } = await harness.newVideo(['openai']);
    await harness.change(requestId, { nextActionAt: new Date(Date.now() - 60_000) });
    const sweeps = await Promise.all(
      Array.from({ length: 4 }, () => harness.sweep(harness.portsOf(engine, scripted, organizationId))),
    );
    expect(sweeps.reduce((sum, { revived }) => sum + revived, 0)).toBe(1);
    host = await harness.startWorker(engine, harness.portsOf(engine, scripted, organizationId));
    await harness.untilState(requestId, 'completed');
    expect(scripted.submitted).toEqual(['openai']);
  });
});
