import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readXaiRefusal } from './errors.js';
import { xaiImageAnswer } from './image-answer.js';

const http = clientWith(readXaiRefusal);

describe('xaiImageAnswer', () => {
  it('reads the image and its cost', () => {
    expect(xaiImageAnswer(fixtureJson('xai', 'image.json'), http)).toMatchObject({
      value: { images: [{ source: { kind: 'bytes' }, revisedPrompt: null }], usage: null, reportedCostUsd: '0.02' },
    });
  });

  it.each([
    [200_000_000, '0.02'],
    [1, '0.0000000001'],
    [20_000_000_000, '2'],
    [0, '0'],
    [12_345_678_901, '1.2345678901'],
  ])('reads %d ticks as %s USD', (cost_in_usd_ticks, usd) => {
    const body = { data: [{ url: 'https://a/b.jpg' }], usage: { cost_in_usd_ticks } };
    expect(xaiImageAnswer(body, http)).toMatchObject({ value: { reportedCostUsd: usd } });
  });

  it.each([
    [fixtureJson('xai', 'image-moderated.json'), 'moderation'],
    [fixtureJson('xai', 'image-empty.json'), 'empty'],
    [{}, 'empty'],
    [null, 'transient'],
  ])('reads %j as %s', (body, kind) => expect(xaiImageAnswer(body, http)).toMatchObject({ error: { kind } }));
});

describe('xaiImageAnswer in other shapes', () => {
  it.each([
    [{ data: [{ url: 'https://a/b.jpg', respect_moderation: 'yes' }], usage: 3 }],
    [{ images: ['https://a/b.jpg'], usage: { cost_in_usd_ticks: null } }],
    [{ output: [{ url: 'https://a/b.jpg' }], usage: { cost_in_usd_ticks: 'n/a' } }],
  ])('reads %j without a cost', (body) =>
    expect(xaiImageAnswer(body, http)).toMatchObject({ value: { images: [{}], reportedCostUsd: null } }),
  );

  it.each([
    [{ error: 'Generated image rejected by content moderation.' }, 'moderation'],
    [{ error: 'Incorrect API key provided: xa***ey.' }, 'auth'],
    [{ code: 'x', error: 'The service is overloaded' }, 'transient'],
  ])('reads the error %j under a 200 as %s', (body, kind) =>
    expect(xaiImageAnswer(body, http)).toMatchObject({ error: { kind } }),
  );
});

describe('readXaiRefusal', () => {
  it.each([
    ['error-400.json', 400, null],
    ['error-400-key.json', 400, 'auth'],
    ['error-400-moderation.json', 400, 'moderation'],
    ['error-429.json', 429, null],
  ])('reads %s', (name, status, kind) => {
    const refusal = readXaiRefusal(status, fixtureJson('xai', name));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).toEqual(expect.any(String));
  });
});
