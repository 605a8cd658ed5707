import { newRequestId, type VideoAnswer } from '@lumenfall/contracts';
import { eventually } from '@lumenfall/testing';
import OpenAI from 'openai';
import { errorOf, RunningGateway } from './running-gateway.js';
import { aTurnedPhoto, dataUri } from './test-images.js';

const gateway = new RunningGateway();
const VIDEOS = '/openai/v1/videos';
const body = (more: Record<string, unknown> = {}) => ({ model: 'sora-2', prompt: 'a cat', seconds: 4, ...more });

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(() => {
  gateway.billing.balanceMicros = 100_000_000;
  gateway.billing.released.length = 0;
});

const videoOf = async (answer: Response): Promise<VideoAnswer> => (await answer.json()) as VideoAnswer;
const requestIdOf = (video: VideoAnswer): string => video.id.replace('video_', 'req_');

async function created(more: Record<string, unknown> = {}): Promise<VideoAnswer> {
  const answer = await gateway.call(VIDEOS, { json: body(more) });
  expect(answer.status).toBe(202);
  return videoOf(answer);
}

async function finish(video: VideoAnswer): Promise<string> {
  const row = await gateway.database.videos.get(requestIdOf(video));
  if (row === null) throw new Error('no row');
  const output = await gateway.media.save(Buffer.from('a video'), {
    contentType: 'video/mp4',
    extension: 'mp4',
    expiresAt: Date.now() + 60_000,
  });
  await gateway.database.videos.move(row, {
    state: 'completed',
    output: { ...output, durationSeconds: 4.04, width: 1280, height: 720 },
    costMicros: 400_000,
    completedAt: new Date(),
  });
  return output.name;
}

describe('a video', () => {
  it('is accepted with a 202, a hold and a job, and can be retrieved', async () => {
    const answer = await gateway.call(VIDEOS, { json: body({ metadata: { order: '7' } }) });
    const video = await videoOf(answer);
    expect(answer.status).toBe(202);
    expect(video).toMatchObject({
      object: 'video',
      status: 'queued',
      model: 'sora-2',
      prompt: 'a cat',
      seconds: '4',
      client_metadata: { order: '7' },
      output: null,
      error: null,
    });
    expect(video.id).toBe(`video_${answer.headers.get('x-lumenfall-request-id')?.slice(4)}`);
    expect(answer.headers.get('openai-poll-after-ms')).toBe('1000');
    expect(gateway.billing.holds.get(requestIdOf(video))).toBe(Math.round((video.metadata.cost_estimate ?? 0) * 1e6));
    await eventually(() =>
      gateway.worker.videoJobs.some(
        ({ name, requestId }) => name === 'video.submit' && requestId === requestIdOf(video),
      ),
    );
    for (const id of [video.id, requestIdOf(video)])
      expect(await videoOf(await gateway.call(`${VIDEOS}/${id}`))).toMatchObject({ id: video.id });
    expect((await gateway.call(`/v1/videos/${video.id}`)).status).toBe(200);
  });

  it('is estimated at the amount of its hold', async () => {
    const estimate = (await (await gateway.call(`${VIDEOS}?dryRun=true`, { json: body() })).json()) as {
      total_cost_micros: number;
    };
    const video = await created();
    expect(estimate.total_cost_micros).toBe(Math.round((video.metadata.cost_estimate ?? 0) * 1e6));
    expect(JSON.stringify(estimate)).not.toMatch(/"(id|status|created_at|output)":/);
  });

  it('is created once per idempotency key; another body is a conflict', async () => {
    const first = await created({ idempotency_key: 'once', seed: 1 });
    const replay = await gateway.call(VIDEOS, {
      json: { seed: 1, ...body({ seconds: '4' }) },
      headers: { 'idempotency-key': 'once' },
    });
    expect([replay.status, (await videoOf(replay)).id]).toEqual([200, first.id]);
    const conflict = await gateway.call(VIDEOS, { json: body({ idempotency_key: 'once', prompt: 'a dog' }) });
    expect([conflict.status, await errorOf(conflict)]).toMatchObject([
      409,
      { code: 'IDEMPOTENCY_CONFLICT', param: 'idempotency_key' },
    ]);
  });

  it('can be replayed by an organization without balance', async () => {
    const first = await created({ idempotency_key: 'spent' });
    const before = gateway.billing.balanceMicros;
    gateway.billing.balanceMicros = 0;
    const replay = await gateway.call(VIDEOS, { json: body({ idempotency_key: 'spent' }) });
    gateway.billing.balanceMicros = before;
    expect([replay.status, (await videoOf(replay)).id]).toEqual([200, first.id]);
  });

  it('is one video for any number of concurrent repeats', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => gateway.call(VIDEOS, { json: body({ idempotency_key: 'race' }) })),
    );
    const videos = await Promise.all(answers.map(videoOf));
    expect(new Set(videos.map(({ id }) => id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
  });

  it('is refused if the balance does not cover it', async () => {
    gateway.billing.balanceMicros = 0;
    const answer = await gateway.call(VIDEOS, { json: body() });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([402, 'INSUFFICIENT_BALANCE']);
  });

  it.each([{}, { idempotency_key: 'while the database is down' }])(
    'is refused with 503 and leaves no hold if its row cannot be written: %j',
    async (more) => {
      const answer = await gateway.database.withoutVideos(() => gateway.call(VIDEOS, { json: body(more) }));
      expect([answer.status, answer.headers.get('retry-after'), (await errorOf(answer)).code]).toEqual([
        503,
        '2',
        'OVERLOADED',
      ]);
      expect(gateway.billing.holds.has(answer.headers.get('x-lumenfall-request-id') ?? '')).toBe(false);
    },
  );

  it('can be created with a form, as OpenAI’s SDK does', async () => {
    const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.service.url}/openai/v1`, maxRetries: 0 });
    const video = await client.videos.create({ model: 'sora-2', prompt: 'a cat', seconds: '8' });
    expect(video).toMatchObject({ object: 'video', status: 'queued', seconds: '8' });
    expect(await client.videos.retrieve(video.id)).toMatchObject({ id: video.id });
    const page = await client.videos.list({ limit: 1 });
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([[video.id], true]);
    await client.videos.delete(video.id);
  });

  it('has a file once it is finished, which can be streamed and deleted', async () => {
    const video = await created();
    const early = await gateway.call(`${VIDEOS}/${video.id}/content`);
    expect([early.status, (await errorOf(early)).message]).toEqual([
      404,
      'The video has no content: its status is queued',
    ]);
    const name = await finish(video);
    const done = await videoOf(await gateway.call(`${VIDEOS}/${video.id}`));
    expect(done).toMatchObject({
      status: 'completed',
      progress: 100,
      output: { content_type: 'video/mp4', size_bytes: 7 },
      metadata: { cost: 0.4 },
    });
    expect(await (await fetch(done.output?.url ?? '')).text()).toBe('a video');
    const content = await gateway.call(`${VIDEOS}/${video.id}/content`, { headers: { range: 'bytes=2-' } });
    expect([content.status, await content.text()]).toEqual([206, 'video']);
    for (const _ of [1, 2])
      expect((await gateway.call(`${VIDEOS}/${video.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.media.open(name)).toBeNull();
    expect(await videoOf(await gateway.call(`${VIDEOS}/${video.id}`))).toMatchObject({
      status: 'completed',
      output: null,
    });
  });

  it('is cancelled by DELETE, recorded once, and not charged', async () => {
    const video = await created();
    const answers = await Promise.all(
      [1, 2, 3].map(() =>
        gateway.call(`${VIDEOS}/${video.id}`, { method: 'DELETE', headers: { 'content-type': 'application/json' } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await videoOf(await gateway.call(`${VIDEOS}/${video.id}`))).toMatchObject({
      status: 'failed',
      error: { code: 'CANCELLED' },
      metadata: { cost: 0 },
    });
    await eventually(() => gateway.billing.records.some(({ requestId }) => requestId === requestIdOf(video)));
    const records = gateway.billing.records.filter(({ requestId }) => requestId === requestIdOf(video));
    expect(records).toMatchObject([{ status: 'cancelled', errorCode: 'CANCELLED', charge: { quantities: [] } }]);
    const row = await eventually(async () => (await gateway.database.videos.get(requestIdOf(video)))?.usageQueuedAt);
    expect(row).toBeInstanceOf(Date);
  });

  it('that is unknown or of another organization is not found', async () => {
    const elsewhere = (await gateway.database.organizations.ensure({ slug: 'other', name: 'Other' })).id;
    const { key } = await gateway.newKey('other', {}, elsewhere);
    const video = await created();
    for (const [id, authorization] of [
      [video.id, `Bearer ${key}`],
      [newRequestId(), `Bearer ${gateway.key}`],
    ]) {
      for (const method of ['GET', 'DELETE']) {
        const answer = await gateway.call(`${VIDEOS}/${id}`, {
          method,
          headers: { authorization: authorization ?? '' },
        });
        expect([answer.status, (await errorOf(answer)).code]).toEqual([404, 'NOT_FOUND']);
      }
    }
  });
});

describe('a reference image of a video', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  );
  const form = (fields: Record<string, string | Blob>): FormData => {
    const data = new FormData();
    for (const [name, value] of Object.entries({ model: 'sora-2', prompt: 'a cat', seconds: '4', ...fields }))
      data.append(name, value);
    return data;
  };
  const post = (data: FormData, headers: Record<string, string> = {}): Promise<Response> =>
    gateway.call(VIDEOS, { method: 'POST', body: data, headers });
  const rowOf = async (answer: Response) => {
    const video = await videoOf(answer);
    return gateway.database.videos.get(requestIdOf(video));
  };
  /** The references of a row, with the bytes of those in the media store. */
  const referencesOf = async (answer: Response): Promise<(string | Buffer)[]> => {
    const references = (await rowOf(answer))?.request?.inputReferences ?? [];
    return Promise.all(
      references.map(async (reference) =>
        typeof reference === 'string'
          ? reference
          : Buffer.from((await (await gateway.media.open(reference.name))?.bytes()) ?? []),
      ),
    );
  };

  it.each<[string, () => Promise<Response>]>([
    ['a file of a form', () => post(form({ input_reference: new Blob([new Uint8Array(PNG)], { type: 'image/png' }) }))],
    [
      'a data URI in JSON',
      () => gateway.call(VIDEOS, { json: body({ input_reference: { image_url: dataUri(PNG) } }) }),
    ],
    ['a data URI in a form', () => post(form({ 'input_reference[image_url]': dataUri(PNG) }))],
  ])('is kept in the media store and not in the database: %s', async (_what, send) => {
    const answer = await send();
    expect(answer.status).toBe(202);
    const row = await rowOf(answer.clone());
    expect(row?.request?.inputReferences).toEqual([
      { name: expect.any(String), contentType: 'image/png', width: 1, height: 1, sizeBytes: PNG.length },
    ]);
    expect(await referencesOf(answer)).toEqual([PNG]);
    const [reference] = row?.request?.inputReferences ?? [];
    const file = typeof reference === 'object' ? await gateway.media.open(reference.name) : null;
    expect(file?.expiresAt).toBeGreaterThan(row?.deadline.getTime() ?? Infinity);
  });

  it('is sent upright if it is a turned photo', async () => {
    const image_url = dataUri(await aTurnedPhoto(6), 'image/jpeg');
    const answer = await gateway.call(VIDEOS, { json: body({ input_reference: { image_url } }) });
    expect((await rowOf(answer))?.request?.inputReferences).toMatchObject([
      { contentType: 'image/jpeg', width: 64, height: 96 },
    ]);
  });

  it('at a public https address stays an address, which the provider fetches', async () => {
    const image_url = 'https://example.com/cat.png';
    const answer = await gateway.call(VIDEOS, { json: body({ input_reference: { image_url } }) });
    expect([answer.status, await referencesOf(answer)]).toEqual([202, [image_url]]);
    expect(await referencesOf(await post(form({ input_reference: image_url })))).toEqual([image_url]);
  });

  it('at our own address is read from the media store', async () => {
    const expiresAt = Date.now() + 60_000;
    const { name } = await gateway.media.save(PNG, { contentType: 'image/png', extension: 'png', expiresAt });
    const image_url = `${gateway.service.url.replace('127.0.0.1', 'localhost')}/media/${name}`;
    const answer = await gateway.call(VIDEOS, { json: body({ input_reference: { image_url } }) });
    expect([answer.status, await referencesOf(answer)]).toEqual([202, [PNG]]);
  });

  it.each([
    'http://example.com/cat.png',
    'https://127.0.0.1/cat.png',
    'https://[::1]/cat.png',
    'https://10.0.0.7/cat.png',
    'https://169.254.169.254/latest/meta-data',
    'https://localhost/cat.png',
    'https://user:password@example.com/cat.png',
    'ftp://example.com/cat.png',
  ])('at %s is refused, as for images', async (image_url) => {
    const answer = await gateway.call(VIDEOS, { json: body({ input_reference: { image_url } }) });
    expect([answer.status, await errorOf(answer)]).toMatchObject([
      400,
      {
        code: 'INVALID_REQUEST',
        param: 'input_reference.image_url',
        message: 'input_reference.image_url: the address is not allowed: expected https, on the public internet',
      },
    ]);
  });

  it.each<[string, () => Promise<Response>, string]>([
    [
      'a file that is not an image',
      () => post(form({ input_reference: new Blob(['no image']) })),
      'Invalid image file',
    ],
    [
      'a data URI that is not an image',
      () => gateway.call(VIDEOS, { json: body({ input_reference: { image_url: dataUri(Buffer.from('hello')) } }) }),
      'Invalid image file',
    ],
    [
      'a truncated image',
      () => gateway.call(VIDEOS, { json: body({ input_reference: { image_url: dataUri(PNG.subarray(0, 50)) } }) }),
      'damaged or incomplete',
    ],
    [
      'a word',
      () => gateway.call(VIDEOS, { json: body({ input_reference: { image_url: 'cat' } }) }),
      'expected an https address, or a data URI of an image',
    ],
    ['a file in another field', () => post(form({ photo: new Blob(['x']) })), 'a file is not expected here'],
  ])('is refused and leaves no file: %s', async (_what, send, message) => {
    const before = await gateway.mediaFiles();
    const answer = await send();
    expect([answer.status, (await errorOf(answer)).message]).toEqual([400, expect.stringContaining(message)]);
    expect(await gateway.mediaFiles()).toEqual(before);
  });

  it('leaves no file after a dry run, a refusal for lack of balance, or a replay', async () => {
    const json = body({ input_reference: { image_url: dataUri(PNG) }, idempotency_key: 'with an image' });
    const first = await gateway.call(VIDEOS, { json });
    expect(first.status).toBe(202);
    const before = await gateway.mediaFiles();
    expect((await gateway.call(`${VIDEOS}?dryRun=true`, { json })).status).toBe(200);
    const replay = await gateway.call(VIDEOS, { json });
    expect([replay.status, (await videoOf(replay)).id]).toEqual([200, (await videoOf(first)).id]);
    gateway.billing.balanceMicros = 0;
    expect((await gateway.call(VIDEOS, { json: { ...json, idempotency_key: 'another' } })).status).toBe(402);
    expect(await gateway.mediaFiles()).toEqual(before);
  });

  it('is part of the body that an idempotency key stands for, by its bytes', async () => {
    const key = { 'idempotency-key': 'by bytes' };
    const first = await post(form({ input_reference: new Blob([new Uint8Array(PNG)]) }), key);
    const json = body({ seconds: '4', input_reference: { image_url: dataUri(PNG) } });
    const again = await gateway.call(VIDEOS, { json, headers: key });
    expect([again.status, (await videoOf(again)).id]).toEqual([200, (await videoOf(first)).id]);
    const other = body({ seconds: '4', input_reference: { image_url: dataUri(await aTurnedPhoto(1), 'image/jpeg') } });
    expect((await gateway.call(VIDEOS, { json: other, headers: key })).status).toBe(409);
  });

  it('is removed from the media store when its video is cancelled', async () => {
    const answer = await gateway.call(VIDEOS, { json: body({ input_reference: { image_url: dataUri(PNG) } }) });
    const row = await rowOf(answer);
    const [reference] = row?.request?.inputReferences ?? [];
    const name = typeof reference === 'object' ? reference.name : '';
    expect((await gateway.call(`${VIDEOS}/${row?.requestId ?? ''}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.media.open(name)).toBeNull();
  });

  it('may be an empty file input', async () => {
    const answer = await gateway.call(VIDEOS, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=X' },
      body: [
        ...['model:sora-2', 'prompt:a cat', 'size:'].map((field) => {
          const [name, value] = field.split(':');
          return `--X\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
        }),
        '--X\r\nContent-Disposition: form-data; name="input_reference"; filename=""\r\n',
        'Content-Type: application/octet-stream\r\n\r\n\r\n--X--\r\n',
      ].join(''),
    });
    expect([answer.status, await referencesOf(answer)]).toEqual([202, []]);
  });
});

describe('seconds and size of a video', () => {
  it('echo the request, as strings, in every state; output has what was made', async () => {
    const video = await created({ seconds: 5, size: '1920x1080' });
    expect(video).toMatchObject({ seconds: '5', size: '1920x1080', status: 'queued', output: null });
    await finish(video);
    const done = await videoOf(await gateway.call(`${VIDEOS}/${video.id}`));
    expect(done).toMatchObject({
      seconds: '5',
      size: '1920x1080',
      status: 'completed',
      output: { duration_seconds: 4.04, width: 1280, height: 720 },
    });
  });

  it('are those of the model if the request names neither', async () => {
    const answer = await gateway.call(VIDEOS, { json: { model: 'sora-2', prompt: 'a cat', size: '', seconds: null } });
    expect(await videoOf(answer)).toMatchObject({ seconds: '4', size: '1280x720' });
  });

  it('are estimated and held for at the nearest that the model makes', async () => {
    const dry = async (seconds: number) =>
      (await (await gateway.call(`${VIDEOS}?dryRun=true`, { json: body({ seconds }) })).json()) as {
        components: { metric: string; quantity: number }[];
      };
    expect((await dry(5)).components).toMatchObject([{ metric: 'second', quantity: 4 }]);
    const video = await created({ seconds: 5 });
    expect(gateway.billing.holds.get(requestIdOf(video))).toBe(400_000);
  });
});
