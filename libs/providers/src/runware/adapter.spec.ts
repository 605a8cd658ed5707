import { anImageRequest } from '@lumenfall/testing';
import { contextFor, SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { fixtureJson, recorded, startReplayServer, type Reply, type ReplayServer } from '../contract/replay-server.js';
import { runware } from './adapter.js';

const prompt = { as: 'positivePrompt' };

imageContract({
  provider: 'runware',
  image: runware.image,
  model: 'bfl:2@1',
  path: '',
  key: { authorization: `Bearer ${SECRET}` },
  parameters: { prompt },
  good: () => recorded('runware', 'images.json'),
  empty: () => recorded('runware', 'nothing.json'),
  moderated: () => recorded('runware', 'error-content.json', { status: 400 }),
  edit: {
    parameters: { prompt, image: { as: 'referenceImages', send: 'many' }, mask: { as: 'maskImage' } },
    mask: true,
  },
  upscale: {
    parameters: { image: { as: 'inputImage' }, scale_factor: { as: 'upscaleFactor' } },
    body: /"upscaleFactor":4/,
  },
  lost: 'ambiguous',
});

describe('Runware’s look-up of a task whose answer was lost', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  const details = (taskUUID: string, response: unknown): Reply => ({
    body: JSON.stringify({ data: [{ taskType: 'getTaskDetails', taskUUID, request: [], response }] }),
  });
  /** The look-up's result if the provider answers like this. */
  async function look(reply: (taskUUID: string) => Reply) {
    const context = contextFor(server.url, 'runware', { model: 'bfl:2@1', parameters: { prompt } });
    server.reply({ body: '{"da', headers: { 'content-length': '900' }, cutAfter: 4 }, () => reply(context.callId));
    expect(await runware.image.generate(anImageRequest(), context)).toMatchObject({ error: { kind: 'ambiguous' } });
    const found = await runware.image.lookUp?.(anImageRequest(), context, Date.now());
    const tasks = server.requests.map(({ body }) => (JSON.parse(body) as Record<string, unknown>[])[0]);
    expect(tasks.map((task) => [task?.['taskType'], task?.['taskUUID']])).toEqual([
      ['imageInference', context.callId],
      ['getTaskDetails', context.callId],
    ]);
    return found;
  }

  it('finds it by our UUID, with its images and their cost', async () => {
    expect(await look((id) => details(id, fixtureJson('runware', 'images.json')))).toMatchObject({
      value: { found: 'work', outcome: { ok: true, value: { images: [{}, {}], reportedCostUsd: '0.0076' } } },
    });
  });

  it('finds the refusal that it ended in', async () => {
    expect(await look((id) => details(id, fixtureJson('runware', 'error-content.json')))).toMatchObject({
      value: { found: 'work', outcome: { error: { kind: 'moderation' } } },
    });
  });

  it.each([
    ['an empty list', { body: '{"data":[]}' }],
    ['an error', { status: 404, body: '{"errors":[{"code":"taskNotFound","message":"Task not found"}]}' }],
  ])('finds nothing if the provider answers with %s', async (_what, reply) => {
    expect(await look(() => reply)).toEqual({ ok: true, value: { found: 'nothing' } });
  });

  it.each([
    ['breaks down', { status: 503, body: 'down' }],
    ['refuses the key', { status: 401, body: JSON.stringify(fixtureJson('runware', 'error-key.json')) }],
  ])('fails if the provider %s', async (_what, reply) => {
    expect(await look(() => reply)).toMatchObject({ ok: false });
  });
});
