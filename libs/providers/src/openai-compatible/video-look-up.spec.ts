import { aVideoRequest } from '@lumenfall/testing';
import type { VideoRequest } from '@lumenfall/contracts';
import { contextFor } from '../contract/call-context.js';
import { startReplayServer, type ReplayServer } from '../contract/replay-server.js';
import { openAiCompatible } from './adapter.js';

const REQUEST: VideoRequest = aVideoRequest();
const SUBMITTED_AT = 1_800_000_000_000;

/** A listed video, created this many seconds after the submission. */
const listed = (id: string, seconds: number, more: object = {}) => ({
  id,
  object: 'video',
  model: 'sora-2',
  prompt: 'a fox',
  created_at: SUBMITTED_AT / 1_000 + seconds,
  ...more,
});

describe('The look-up of a video whose submission was lost', () => {
  let server: ReplayServer;
  beforeAll(async () => (server = await startReplayServer()));
  afterAll(() => server.close());

  async function lookUp(pages: object[][], taken: string[] = []) {
    server.reply(({ path }) => {
      const after = new URL(path, 'http://x').searchParams.get('after');
      const at = after === null ? 0 : pages.findIndex((page) => (page.at(-1) as { id: string }).id === after) + 1;
      const body = { object: 'list', data: pages[at] ?? [], has_more: at < pages.length - 1 };
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    });
    const context = contextFor(server.url, 'openai-compatible', { model: 'sora-2' });
    const outcome = await openAiCompatible.video.lookUp(REQUEST, context, {
      submittedAt: SUBMITTED_AT,
      isTaken: async (id) => taken.includes(id),
    });
    if (!outcome.ok) throw new Error(outcome.error.message);
    const { value } = outcome;
    return value.found === 'job' ? value.handle.upstreamId : value.found;
  }

  it.each<[string, object[][], string]>([
    ['finds it by model, prompt and time', [[listed('other', 9, { prompt: 'a cat' }), listed('mine', 1)]], 'mine'],
    ['finds it by the name of a snapshot', [[listed('mine', 1, { model: 'sora-2-2025-10-06' })]], 'mine'],
    ['finds it although the provider’s clock is behind', [[listed('mine', -5)]], 'mine'],
    ['finds the nearest of several', [[listed('later', 60), listed('mine', 2)]], 'mine'],
    ['does not find an older one', [[listed('old', -60)]], 'nothing'],
    ['does not find one of another model', [[listed('other', 1, { model: 'kling' }), listed('old', -60)]], 'nothing'],
    ['finds nothing in an empty list', [[]], 'nothing'],
    ['is unsure about one without a prompt', [[listed('silent', 1, { prompt: null })]], 'unknown'],
    [
      'finds it on a later page',
      [[listed('a', 90, { prompt: 'x' })], [listed('mine', 1)], [listed('old', -60)]],
      'mine',
    ],
  ])('%s', async (_what, pages, found) => {
    expect(await lookUp(pages)).toBe(found);
  });

  it('does not find one that belongs to another video', async () => {
    expect(await lookUp([[listed('hers', 1), listed('old', -60)]], ['hers'])).toBe('nothing');
    expect(await lookUp([[listed('hers', 1), listed('mine', 30)]], ['hers'])).toBe('mine');
  });

  it('is unsure if the list does not reach back to the submission', async () => {
    const pages = [5, 4, 3, 2, 1].map((n) => [listed(`video_${n}`, n * 100, { prompt: 'x' })]);
    expect(await lookUp([...pages, [listed('mine', 1)]])).toBe('unknown');
    expect(server.requests).toHaveLength(3);
  });

  it('fails while the provider does not answer', async () => {
    server.reply({ status: 500, body: '{}' });
    const context = contextFor(server.url, 'openai-compatible', { model: 'sora-2' });
    const clues = { submittedAt: SUBMITTED_AT, isTaken: async () => false };
    expect(await openAiCompatible.video.lookUp(REQUEST, context, clues)).toMatchObject({ ok: false });
  });
});
