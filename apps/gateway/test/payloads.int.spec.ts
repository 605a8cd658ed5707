import { newRequestId, videoIdOf, type GeneratedImage, type VideoAnswer } from '@lumenfall/contracts';
import { openClient, type Client } from '@lumenfall/database';
import { imageRunStore } from '@lumenfall/image-runs';
import { payloadStore } from '@lumenfall/payloads';
import { createLogger } from '@lumenfall/service-kit';
import { eventually } from '@lumenfall/testing';
import { videoStore } from '@lumenfall/videos';
import { resumePurges, type PurgeTools } from '../src/account/purge-payloads.js';
import { endImageRun, imagesPart } from './end-image-run.js';
import { chatBody, errorOf, RunningGateway } from './running-gateway.js';
import { chunk, end } from './scripted-worker.js';

const gateway = new RunningGateway();
let client: Client;
let tools: PurgeTools;
/** A key of an organization that keeps its bodies for seven days. */
let keeping: { authorization: string };
let keepingId: string;

beforeAll(async () => {
  await gateway.start();
  client = openClient(gateway.environment['DATABASE_URL'] ?? '', { maxConnections: 3 });
  const stores = { payloads: payloadStore(client), imageRuns: imageRunStore(client), videos: videoStore(client) };
  tools = { ...stores, media: gateway.media, log: createLogger('test', 'silent') };
  keepingId = (await gateway.database.organizations.ensure({ slug: 'keeping', name: 'Keeping' })).id;
  await gateway.database.organizations.change('keeping', { payloadRetention: '7d' });
  keeping = { authorization: `Bearer ${(await gateway.newKey('keeping', {}, keepingId)).key}` };
});
afterAll(async () => {
  await client.$disconnect();
  await gateway.stop();
});

/** Writes the history, as billing does when it has the usage record. */
const record = (id: string, organizationId: string, status = 'completed') =>
  client.request.upsert({
    where: { id },
    create: { id, organizationId, status, createdAt: new Date() },
    update: { status },
  });
const payloadsOf = (id: string, headers?: { authorization: string }) =>
  gateway.call(`/v1/requests/${id}/payloads`, { ...(headers && { headers }) });
const purge = (id: string, headers?: { authorization: string }) =>
  gateway.call(`/v1/requests/${id}/payloads`, { method: 'DELETE', ...(headers && { headers }) });
const purged = async (id: string, headers?: { authorization: string }): Promise<unknown> =>
  (await purge(id, headers)).json();
const chat = async (more: Record<string, unknown>, headers?: { authorization: string }): Promise<string> => {
  const answer = await gateway.call('/openai/v1/chat/completions', {
    json: chatBody(more),
    ...(headers && { headers }),
  });
  await answer.text();
  return answer.headers.get('x-lumenfall-request-id') ?? '';
};

async function storedImage(): Promise<GeneratedImage> {
  const options = { contentType: 'image/png', extension: 'png', expiresAt: Date.now() + 3_600_000 };
  const file = await gateway.media.save(Buffer.from('an image'), options);
  return { file, width: 8, height: 8, format: 'png', revisedPrompt: 'a better cat' };
}

/** Two images of an ended request. */
async function images(headers?: { authorization: string }): Promise<{ id: string; names: string[] }> {
  const made = [await storedImage(), await storedImage()];
  gateway.worker.image = (job, send) => endImageRun(gateway.database, job, imagesPart(made), send);
  const json = { model: 'gemini-3-pro-image', prompt: 'a cat', n: 2 };
  const answer = await gateway.call('/openai/v1/images/generations', { json, ...(headers && { headers }) });
  const { id } = (await answer.json()) as { id: string };
  await record(id, headers ? keepingId : gateway.organizationId);
  return { id, names: made.map(({ file }) => file.name) };
}

async function videoOf(): Promise<{ id: string; finish(): Promise<string> }> {
  const json = { model: 'sora-2', prompt: 'a cat', seconds: 4, metadata: { order: '7' } };
  const video = (await (await gateway.call('/openai/v1/videos', { json })).json()) as VideoAnswer;
  const id = video.id.replace('video_', 'req_');
  const finish = async (): Promise<string> => {
    const row = await gateway.database.videos.get(id);
    const output = { ...(await storedImage()).file, durationSeconds: 4, width: 8, height: 8 };
    if (row) await gateway.database.videos.move(row, { state: 'completed', output, completedAt: new Date() });
    await record(id, gateway.organizationId);
    return output.name;
  };
  return { id, finish };
}

const isStored = async (name: string): Promise<boolean> => (await gateway.mediaFiles()).includes(name);

describe('the payloads of a request', () => {
  it('are not kept by default', async () => {
    const id = await chat({ messages: [{ role: 'user', content: 'not to be kept' }] });
    await record(id, gateway.organizationId);
    expect([(await payloadsOf(id)).status, await client.payload.count({ where: { requestId: id } })]).toEqual([404, 0]);
    expect(await purged(id)).toEqual({ id, purged: true, already_purged: false, media_deleted: 0 });
  });

  it.each([false, true])('are the body and the whole answer of a chat, if streamed is %p', async (stream) => {
    const id = await chat({ stream, messages: [{ role: 'user', content: 'to be kept' }] }, keeping);
    const kept = await eventually(async () => {
      const answer = (await (await payloadsOf(id, keeping)).json()) as { response: unknown };
      return answer.response === null ? null : answer;
    });
    expect(kept).toMatchObject({
      id,
      object: 'request_payloads',
      request: { messages: [{ content: 'to be kept' }] },
      response: { object: 'chat.completion', choices: [{ message: { content: 'Hello' }, finish_reason: 'stop' }] },
      expires_at: expect.stringMatching(/Z$/),
    });
    expect((await payloadsOf(id)).status).toBe(404);
  });

  it('are the body of an image request, and the names of its files', async () => {
    const { id, names } = await images(keeping);
    expect(await (await payloadsOf(id, keeping)).json()).toMatchObject({
      request: { prompt: 'a cat' },
      response: { data: [{ file: names[0], revised_prompt: 'a better cat' }, { file: names[1] }] },
    });
    const [run] = await client.$queryRaw<{ keep: number }[]>`
      SELECT (expires_at - now() > interval '6 days') AS keep FROM payloads WHERE request_id = ${id}`;
    expect(run?.keep).toBe(true);
  });
});

describe('the purge of a request', () => {
  it('deletes both bodies for ever and answers the same for its video id, except that it was done before', async () => {
    const id = await chat({ messages: [{ role: 'user', content: 'to be purged' }] }, keeping);
    await record(id, keepingId);
    expect(await purged(id, keeping)).toEqual({ id, purged: true, already_purged: false, media_deleted: 0 });
    expect((await payloadsOf(id, keeping)).status).toBe(404);
    expect(await purged(videoIdOf(id), keeping)).toEqual({ id, purged: true, already_purged: true, media_deleted: 0 });
    const rows = await client.$queryRaw`SELECT request, response FROM payloads WHERE request_id = ${id}`;
    expect(rows).toEqual([{ request: null, response: null }]);
  });

  it('is refused with a 404 for the request of another organization, and deletes nothing', async () => {
    const { id, names } = await images();
    for (const answer of [await purge(id, keeping), await purge(newRequestId()), await purge('req_1')])
      expect([answer.status, await errorOf(answer)]).toMatchObject([404, { code: 'NOT_FOUND' }]);
    expect(await isStored(names[0] ?? '')).toBe(true);
  });

  it('deletes the files of an image request and the texts of its answer, once', async () => {
    const { id, names } = await images();
    expect(await purged(id)).toEqual({ id, purged: true, already_purged: false, media_deleted: 2 });
    expect(await Promise.all(names.map(isStored))).toEqual([false, false]);
    expect(await client.$queryRaw`SELECT answer FROM image_runs WHERE request_id = ${id}`).toEqual([{ answer: null }]);
    expect(await purged(id)).toEqual({ id, purged: true, already_purged: true, media_deleted: 0 });
    expect(await tools.payloads.openPurges(100)).toEqual([]);
  });

  it('is completed by the sweep after a crash at any point', async () => {
    for (const removed of [0, 1, 2]) {
      const { id, names } = await images();
      await tools.payloads.openPurge(gateway.organizationId, id);
      for (const name of names.slice(0, removed)) await gateway.media.remove(name);
      expect(await resumePurges(tools)).toBe(2 - removed);
      expect(await Promise.all(names.map(isStored))).toEqual([false, false]);
      expect(await tools.payloads.openPurges(100)).toEqual([]);
    }
  });

  it('of a running chat also keeps its answer from being stored', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let id = '';
    gateway.worker.chat = async (job, send) => {
      id = job.requestContext.requestId;
      await send(chunk({ role: 'assistant', content: 'Hello' }));
      await finished;
      await send(chunk({}, 'stop'), end);
    };
    const running = chat({ messages: [{ role: 'user', content: 'to be purged' }] }, keeping);
    await eventually(async () => id !== '' && (await client.payload.count({ where: { requestId: id } })) > 0);
    expect(await purged(id, keeping)).toMatchObject({ purged: true, already_purged: false });
    finish();
    await running;
    await record(id, keepingId);
    expect((await payloadsOf(id, keeping)).status).toBe(404);
    expect(await resumePurges(tools)).toBe(0);
    expect(await tools.payloads.openPurges(100)).toEqual([]);
  });

  it('of a running video lets it finish, and then deletes its file, prompt and metadata', async () => {
    const { id, finish } = await videoOf();
    expect(await purged(id)).toEqual({ id, purged: true, already_purged: false, media_deleted: 0 });
    expect(await resumePurges(tools)).toBe(0);
    expect((await gateway.database.videos.get(id))?.prompt).toBe('a cat');
    const name = await finish();
    expect(await resumePurges(tools)).toBe(1);
    expect(await isStored(name)).toBe(false);
    expect(await gateway.database.videos.get(id)).toMatchObject({
      state: 'completed',
      output: null,
      prompt: null,
      request: null,
      clientMetadata: null,
    });
    expect(await resumePurges(tools)).toBe(0);
    expect(await purged(videoIdOf(id))).toEqual({ id, purged: true, already_purged: true, media_deleted: 0 });
  });
});
