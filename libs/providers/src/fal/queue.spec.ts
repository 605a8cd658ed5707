import { clientWith, contextFor, SECRET } from '../contract/call-context.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { videoContract } from '../contract/video-contract.js';
import { FAL_JOB, falRecorded, falReplies } from '../contract/job-scripts.js';
import { fal } from './adapter.js';
import { readFalRefusal } from './errors.js';
import { addressesOf, readStatus } from './queue.js';
import { falVideoState } from './video-answer.js';

const MODEL = 'fal-ai/kling-video/v3/pro/text-to-video';

videoContract({
  provider: 'fal',
  video: fal.video,
  model: MODEL,
  path: `/${MODEL}`,
  key: { authorization: `Key ${SECRET}` },
  submitted: (request) => falRecorded('submitted.json', request),
  running: falReplies('status-in-progress.json', 'error-400-in-progress.json', { status: 400 }),
  unknown: () => ({ body: '{"status":"PONDERING"}' }),
  succeeded: falReplies('status-completed.json', 'result-video.json'),
  moderated: falReplies('status-completed.json', 'error-422-moderation.json', { status: 422 }),
  cancel: {
    method: 'PUT',
    path: new RegExp(`/fal/fal-ai/kling-video/requests/${FAL_JOB}/cancel$`),
    replies: falReplies('', ''),
  },
});

describe('fal’s queue', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const HANDLE = { upstreamId: FAL_JOB, statusUrl: null, resultUrl: null, cancelUrl: null };
  const poll = () => fal.video.poll(HANDLE, contextFor(server.url, 'fal', { model: MODEL }));

  it.each([
    ['result-nothing.json', 200, 'empty'],
    ['error-422.json', 422, 'client'],
    ['error-504.json', 504, 'timeout'],
  ])('ends the video with %s of a finished job', async (name, status, kind) => {
    server.reply(falReplies('status-completed.json', name, { status }));
    expect(await poll()).toMatchObject({ ok: true, value: { state: 'failed', failure: { kind } } });
  });

  it('keeps the video running if the result is not ready, and after a refusal of our account', async () => {
    server.reply(falReplies('status-completed.json', 'error-400-in-progress.json', { status: 400 }));
    expect(await poll()).toMatchObject({ ok: true, value: { state: 'running' } });
    server.reply(falReplies('status-completed.json', 'error-403.json', { status: 403 }));
    expect(await poll()).toMatchObject({ ok: false, error: { kind: 'auth' } });
  });

  it('builds the URLs of a job from the owner and the name of the model', () => {
    const { endpoint } = contextFor('https://queue.fal.run', 'fal');
    const real = { ...endpoint, baseUrl: 'https://queue.fal.run' };
    const base = `/fal-ai/kling-video/requests/${FAL_JOB}`;
    expect(addressesOf(HANDLE, MODEL, real)).toEqual({
      status: `${base}/status`,
      result: base,
      cancel: `${base}/cancel`,
    });
    expect(addressesOf({ ...HANDLE, statusUrl: 'https://evil.com/s' }, MODEL, real).status).toBe(`${base}/status`);
    expect(addressesOf({ ...HANDLE, statusUrl: 'https://queue.fal.run/s' }, MODEL, real).status).toBe(
      'https://queue.fal.run/s',
    );
  });

  it.each([
    [{ status: 'IN_QUEUE' }, 'running'],
    [{ status: 'COMPLETED' }, 'ended'],
    [{ status: 'completed', logs: 3 }, 'ended'],
    [{ status: 'Success' }, 'ended'],
    [{ status: 'FAILED' }, 'ended'],
    [{ status: 'CANCELLED' }, 'ended'],
    [{ status: 'NEW_ONE' }, 'running'],
    [{}, null],
  ])('reads the status %j as %p', (body, status) => expect(readStatus(body)).toBe(status));

  const http = clientWith(readFalRefusal);
  it.each([
    [{ video: { url: 'https://a/b.mp4', file_size: '8 MB' } }],
    [{ video: 'https://a/b.mp4' }],
    [{ videos: ['https://a/b.mp4'] }],
    [{ output: { url: 'https://a/b.mp4' } }],
    [{ video_url: 'https://a/b.mp4' }],
  ])('reads the video of %j', (body) =>
    expect(falVideoState({ status: 200, headers: {}, body }, http)).toMatchObject({
      state: 'succeeded',
      source: { url: 'https://a/b.mp4' },
    }),
  );

  it('ends the video with an error that comes under a 200', () =>
    expect(
      falVideoState({ status: 200, headers: {}, body: { error: { message: 'content policy' } } }, http),
    ).toMatchObject({ state: 'failed', failure: { kind: 'moderation' } }));
});
