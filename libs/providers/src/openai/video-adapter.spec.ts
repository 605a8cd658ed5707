import type { VideoRequest } from '@lumenfall/contracts';
import { asReal, contextFor, SECRET } from '../contract/call-context.js';
import { recorded, startReplayServer } from '../contract/replay-server.js';
import { videoContract } from '../contract/video-contract.js';
import { openAi } from './adapter.js';

videoContract({
  provider: 'openai',
  video: openAi.video,
  model: 'sora-2',
  path: '/videos',
  key: { authorization: `Bearer ${SECRET}` },
  submitted: () => recorded('openai', 'video-queued.json'),
  running: () => recorded('openai', 'video-in-progress.json'),
  unheardOf: () => ({ body: '{"id":"video_123","status":"thinking_about_it"}' }),
  succeeded: () => recorded('openai', 'video-completed.json'),
  moderated: () => recorded('openai', 'video-moderated.json'),
  cancel: { method: 'DELETE', path: /\/videos\/video_123$/, says: () => recorded('openai', 'video-deleted.json') },
});

describe('the OpenAI Videos shape', () => {
  const request: VideoRequest = {
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
    server.says(recorded('openai', 'video-queued.json'));
    const outcome = await openAi.video.submit(request, asReal(contextFor(server.url, 'openai', { model: 'sora-2' })));
    expect(outcome).toMatchObject({ ok: true, value: { upstreamId: 'video_123' } });
    const [heard] = server.heard;
    expect(heard?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    const body = Buffer.from(heard?.body ?? '', 'latin1').toString('utf8');
    expect(body).toMatch(/name="model"\r\n\r\nsora-2\r\n/);
    expect(body).toMatch(/name="prompt"\r\n\r\nein schöner Fuchs\r\n/);
    expect(body).toMatch(/name="input_reference"; filename="reference.png"\r\nContent-Type: image\/png\r\n/);
    expect(heard?.body).toContain(Buffer.from('iVBORw0KGgo=', 'base64').toString('latin1'));
    await server.close();
  });

  it('fetches the file from its own origin, with the key', async () => {
    const server = await startReplayServer();
    server.says(recorded('openai', 'video-completed.json'));
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
