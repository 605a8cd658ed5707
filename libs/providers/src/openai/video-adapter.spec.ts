import type { VideoRequest } from '@lumenfall/contracts';
import { asReal, clientWith, contextFor, SECRET } from '../contract/call-context.js';
import { recorded, startReplayServer } from '../contract/replay-server.js';
import { videoContract } from '../contract/video-contract.js';
import { readVideo, videoStateOf } from '../openai-compatible/video-answer.js';
import { readOpenAiRefusal } from '../openai-compatible/errors.js';
import { openAi } from './adapter.js';

videoContract({
  provider: 'openai',
  video: openAi.video,
  model: 'sora-2',
  path: '/videos',
  key: { authorization: `Bearer ${SECRET}` },
  submitted: () => recorded('openai', 'video-queued.json'),
  running: () => recorded('openai', 'video-in-progress.json'),
  unknown: () => ({ body: '{"id":"video_123","status":"thinking_about_it"}' }),
  succeeded: () => recorded('openai', 'video-completed.json'),
  moderated: () => recorded('openai', 'video-moderated.json'),
  cancel: { method: 'DELETE', path: /\/videos\/video_123$/, replies: () => recorded('openai', 'video-deleted.json') },
});

describe('the OpenAI Videos shape', () => {
  const video: VideoRequest = {
    prompt: 'ein schöner Fuchs',
    seconds: 4,
    size: '1280x720',
    resolution: null,
    inputReferences: ['data:image/png;base64,iVBORw0KGgo='],
    negativePrompt: null,
    extra: {},
  };

  it('uploads a reference image as a file', async () => {
    const server = await startReplayServer();
    server.reply(recorded('openai', 'video-queued.json'));
    const outcome = await openAi.video.submit(video, asReal(contextFor(server.url, 'openai', { model: 'sora-2' })));
    expect(outcome).toMatchObject({ ok: true, value: { upstreamId: 'video_123' } });
    const [request] = server.requests;
    expect(request?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    const body = Buffer.from(request?.body ?? '', 'latin1').toString('utf8');
    expect(body).toMatch(/name="model"\r\n\r\nsora-2\r\n/);
    expect(body).toMatch(/name="prompt"\r\n\r\nein schöner Fuchs\r\n/);
    expect(body).toMatch(/name="input_reference"; filename="reference.png"\r\nContent-Type: image\/png\r\n/);
    expect(request?.body).toContain(Buffer.from('iVBORw0KGgo=', 'base64').toString('latin1'));
    await server.close();
  });

  it('fetches the file from the own origin, with the key', async () => {
    const server = await startReplayServer();
    server.reply(recorded('openai', 'video-completed.json'));
    const handle = { upstreamId: 'video_123', statusUrl: null, resultUrl: null, cancelUrl: null };
    const polled = await openAi.video.poll(handle, contextFor(server.url, 'openai'));
    expect(polled).toMatchObject({
      value: {
        source: {
          url: `${server.url}/openai/videos/video_123/content`,
          headers: { Authorization: `Bearer ${SECRET}` },
        },
      },
    });
    await server.close();
  });
});

describe('videoStateOf', () => {
  const http = clientWith(readOpenAiRefusal);
  const stateOf = (body: unknown) => {
    const video = readVideo(body);
    return video && videoStateOf(video, { kind: 'url', url: 'https://a/content' }, http);
  };

  it.each([
    [{ id: 'v', object: 'video', status: 'done', progress: 100 }],
    [{ id: 'v', status: 'SUCCESS', progress: '100%' }],
    [{ id: 'v', status: 'COMPLETED', progress: null }],
    [{ id: 7, status: 'succeeded', created_at: 'now', seconds: 8, error: {} }],
    [{ task_id: 'v', status: 'Finished' }],
    [{ data: { id: 'v', status: 'TASK_STATUS_SUCCEED' } }],
    [{ id: 'v', state: 'completed' }],
  ])('reads %j as succeeded', (body) => expect(stateOf(body)).toMatchObject({ state: 'succeeded' }));

  it.each([
    [{ id: 'v', status: 'IN_PROGRESS', progress: '40%' }, 40],
    [{ id: 'v', status: 'thinking', progress: { of: 3 } }, null],
    [{ id: 'v', progress: 250 }, 100],
    [{ id: 'v', status: 3 }, null],
  ])('reads %j as running with the progress %p', (body, progress) =>
    expect(stateOf(body)).toEqual({ state: 'running', progress }),
  );

  it.each([
    [{ id: 'v', status: 'FAILED', error: { code: 'moderation_blocked', message: 'blocked' } }, 'moderation', 'blocked'],
    [{ id: 'v', status: 'failed', error: 'GPU lost' }, 'transient', 'GPU lost'],
    [{ id: 'v', status: 'failed', error: {}, fail_reason: 'content policy' }, 'moderation', 'content policy'],
    [{ id: 'v', status: 'Expired', error: null }, 'transient', 'The provider ended the video as Expired'],
    [{ id: 'v', status: 'cancelled' }, 'transient', 'The provider ended the video as cancelled'],
    [{ id: 'v', status: 'content_filtered' }, 'moderation', 'The provider refused the content (content_filtered)'],
  ])('reads %j as failed: %s', (body, kind, message) =>
    expect(stateOf(body)).toMatchObject({ state: 'failed', failure: { kind, message } }),
  );

  it.each([[null], [[]], ['x'], [{ status: 'done' }], [{ id: '' }]])('does not read %j as a video', (body) =>
    expect(readVideo(body)).toBeNull(),
  );
});
