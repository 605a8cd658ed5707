import { newRequestId, type VideoAnswer } from '@lumenfall/contracts';
import { eventually } from '@lumenfall/testing';
import OpenAI from 'openai';
import { errorOf, RunningGateway } from './running-gateway.js';

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
  const output = await gateway.media.save(Buffer.from('a film'), {
    contentType: 'video/mp4',
    extension: 'mp4',
    expiresAt: Date.now() + 60_000,
  });
  await gateway.database.videos.move(row, { state: 'completed', output, costMicros: 400_000, completedAt: new Date() });
  return output.name;
}

describe('a video', () => {
  it('is promised with a 202, held for, queued, and can be looked at', async () => {
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

  it('is estimated at what it is held for', async () => {
    const estimate = (await (await gateway.call(`${VIDEOS}?dryRun=true`, { json: body() })).json()) as {
      total_cost_micros: number;
    };
    const video = await created();
    expect(estimate.total_cost_micros).toBe(Math.round((video.metadata.cost_estimate ?? 0) * 1e6));
    expect(JSON.stringify(estimate)).not.toMatch(/"(id|status|created_at|output)":/);
  });

  it('is made once per idempotency key, and another body is a conflict', async () => {
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

  it('is repeated also by an organization whose balance is spent', async () => {
    const first = await created({ idempotency_key: 'spent' });
    const before = gateway.billing.balanceMicros;
    gateway.billing.balanceMicros = 0;
    const replay = await gateway.call(VIDEOS, { json: body({ idempotency_key: 'spent' }) });
    gateway.billing.balanceMicros = before;
    expect([replay.status, (await videoOf(replay)).id]).toEqual([200, first.id]);
  });

  it('is one video however many repeat it at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => gateway.call(VIDEOS, { json: body({ idempotency_key: 'race' }) })),
    );
    const videos = await Promise.all(answers.map(videoOf));
    expect(new Set(videos.map(({ id }) => id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 202]);
  });

  it('is refused where the balance does not cover it', async () => {
    gateway.billing.balanceMicros = 0;
    const answer = await gateway.call(VIDEOS, { json: body() });
    expect([answer.status, (await errorOf(answer)).code]).toEqual([402, 'INSUFFICIENT_BALANCE']);
  });

  it('can be asked for with a form, as OpenAI’s SDK does', async () => {
    const client = new OpenAI({ apiKey: gateway.key, baseURL: `${gateway.service.url}/openai/v1`, maxRetries: 0 });
    const video = await client.videos.create({ model: 'sora-2', prompt: 'a cat', seconds: '8' });
    expect(video).toMatchObject({ object: 'video', status: 'queued', seconds: '8' });
    expect(await client.videos.retrieve(video.id)).toMatchObject({ id: video.id });
    const page = await client.videos.list({ limit: 1 });
    expect([page.data.map(({ id }) => id), page.has_more]).toEqual([[video.id], true]);
    await client.videos.delete(video.id);
  });

  it('shows its file once finished, streams it, and loses it when deleted', async () => {
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
      output: { content_type: 'video/mp4', size_bytes: 6 },
      metadata: { cost: 0.4 },
    });
    expect(await (await fetch(done.output?.url ?? '')).text()).toBe('a film');
    const content = await gateway.call(`${VIDEOS}/${video.id}/content`, { headers: { range: 'bytes=2-' } });
    expect([content.status, await content.text()]).toEqual([206, 'film']);
    for (const _ of [1, 2])
      expect((await gateway.call(`${VIDEOS}/${video.id}`, { method: 'DELETE' })).status).toBe(204);
    expect(await gateway.media.open(name)).toBeNull();
    expect(await videoOf(await gateway.call(`${VIDEOS}/${video.id}`))).toMatchObject({
      status: 'completed',
      output: null,
    });
  });

  it('is cancelled by a DELETE, recorded once, and charged nothing', async () => {
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

  it('of nobody, or of somebody else, is not there', async () => {
    const elsewhere = (await gateway.database.organizations.ensure({ slug: 'other', name: 'Other' })).id;
    const { key } = await gateway.database.apiKeys.create(elsewhere, 'other');
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

  it('takes a picture as a file, as an address in a form, and refuses what is none', async () => {
    const form = (value: string | Blob): FormData => {
      const made = new FormData();
      made.set('model', 'kling-v3');
      made.set('prompt', 'a cat');
      made.append('input_reference', value);
      return made;
    };
    const post = (made: FormData) => gateway.call(VIDEOS, { method: 'POST', body: made });
    const refused = await post(form(new Blob(['no picture'])));
    expect([refused.status, await errorOf(refused)]).toMatchObject([
      400,
      { param: 'input_reference', message: 'input_reference: Invalid image file provided' },
    ]);
    const png = Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    );
    const accepted = await Promise.all([post(form(new Blob([png]))), post(form('https://example.com/cat.png'))]);
    // Whether this model takes a picture is the catalog's to say; the form was understood either way.
    for (const answer of accepted) expect([202, 400]).toContain(answer.status);
  });
});
