import { contextFor, SECRET } from '../contract/call-context.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { videoContract } from '../contract/video-contract.js';
import { falRecorded, falSays, JOB } from '../contract/fal-script.js';
import { addressesOf, readStatus } from './queue-answer.js';
import { falVideos } from './video-adapter.js';

const MODEL = 'fal-ai/kling-video/v3/pro/text-to-video';

videoContract({
  provider: 'fal',
  video: falVideos,
  model: MODEL,
  path: `/${MODEL}`,
  key: { authorization: `Key ${SECRET}` },
  submitted: (request) => falRecorded('submitted.json', request),
  running: falSays('status-in-progress.json', 'error-400-in-progress.json', { status: 400 }),
  unheardOf: () => ({ body: '{"status":"PONDERING"}' }),
  succeeded: falSays('status-completed.json', 'result-video.json'),
  moderated: falSays('status-completed.json', 'error-422-moderation.json', { status: 422 }),
  cancel: { method: 'PUT', path: new RegExp(`/fal/fal-ai/kling-video/requests/${JOB}/cancel$`), says: falSays('', '') },
});

describe('fal', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());
  const HANDLE = { upstreamId: JOB, statusUrl: null, resultUrl: null, cancelUrl: null };
  const poll = () => falVideos.poll(HANDLE, contextFor(server.url, 'fal', { model: MODEL }));

  it.each([
    ['result-nothing.json', 200, 'empty'],
    ['error-422.json', 422, 'client'],
    ['error-504.json', 504, 'timeout'],
  ])('takes %s of a finished job for its end', async (name, status, kind) => {
    server.says(falSays('status-completed.json', name, { status }));
    expect(await poll()).toMatchObject({ ok: true, value: { state: 'failed', failure: { kind } } });
  });

  it('takes "too early" for running, and a refusal of our account for no verdict', async () => {
    server.says(falSays('status-completed.json', 'error-400-in-progress.json', { status: 400 }));
    expect(await poll()).toMatchObject({ ok: true, value: { state: 'running' } });
    server.says(falSays('status-completed.json', 'error-403.json', { status: 403 }));
    expect(await poll()).toMatchObject({ ok: false, failure: { kind: 'auth' } });
  });

  it('asks at owner and app only, where no address was returned', () => {
    const { endpoint } = contextFor('https://queue.fal.run', 'fal');
    const real = { ...endpoint, baseUrl: 'https://queue.fal.run' };
    const base = `/fal-ai/kling-video/requests/${JOB}`;
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
    [{ status: 'COMPLETED' }, 'completed'],
    [{ status: 'NEW_ONE' }, 'running'],
    [{}, null],
  ])('reads the status %j as %p', (body, status) => expect(readStatus(body)).toBe(status));
});
