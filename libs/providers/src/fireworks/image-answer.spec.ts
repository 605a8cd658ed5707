import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readOpenAiRefusal } from '../openai-compatible/errors.js';
import { fireworksImageAnswer, readJobState, readRequestId } from './image-answer.js';

const http = clientWith(readOpenAiRefusal);
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64');

describe('fireworksImageAnswer', () => {
  it('reads the image of a workflow', () => {
    expect(fireworksImageAnswer(fixtureJson('fireworks', 'image.json'), http)).toMatchObject({
      value: { images: [{ source: { kind: 'bytes' } }], usage: null, reportedCostUsd: null },
    });
  });

  it.each([
    [fixtureJson('fireworks', 'image-filtered.json'), 'moderation'],
    [fixtureJson('fireworks', 'image-empty.json'), 'empty'],
    [{}, 'empty'],
    [null, 'transient'],
  ])('reads %j as %s', (body, kind) => expect(fireworksImageAnswer(body, http)).toMatchObject({ error: { kind } }));
});

describe('fireworksImageAnswer in other shapes', () => {
  it.each([
    [{ base64: PNG }],
    [{ base64: [`data:image/png;base64,${PNG}`], finishReason: 3 }],
    [{ data: [{ b64_json: PNG }] }],
    [{ images: [PNG] }],
  ])('reads %j', (body) =>
    expect(fireworksImageAnswer(body, http)).toMatchObject({ value: { images: [{ source: { kind: 'bytes' } }] } }),
  );

  it('reads an error under a 200', () =>
    expect(fireworksImageAnswer({ error: { message: 'no', code: 'content_filter' } }, http)).toMatchObject({
      error: { kind: 'moderation' },
    }));
});

describe('readRequestId and readJobState', () => {
  it('read the id of a job, also as a number', () => {
    expect(readRequestId(fixtureJson('fireworks', 'accepted.json'))).toBe('9c2a4f7e');
    expect(readRequestId({ request_id: 7 })).toBe('7');
    expect(readRequestId({})).toBeNull();
  });

  it.each([
    ['pending.json', { running: true }],
    ['ready.json', { running: false, outcome: { value: { images: [{ source: { kind: 'url' } }] } } }],
    ['ready-nothing.json', { running: false, outcome: { error: { kind: 'empty' } } }],
    ['moderated.json', { running: false, outcome: { error: { kind: 'moderation' } } }],
    ['failed.json', { running: false, outcome: { error: { kind: 'transient' } } }],
  ])('read %s', (name, state) => {
    expect(readJobState(fixtureJson('fireworks', name), http)).toMatchObject({ ok: true, value: state });
  });
});
