import { fixtureJson } from '../contract/replay-server.js';
import { fireworksImageAnswer, readJobState, readRequestId } from './image-answer.js';

describe('the answer of a workflow', () => {
  it('is a picture', () => {
    expect(fireworksImageAnswer(fixtureJson('fireworks', 'image.json'))).toMatchObject({
      value: { images: [{ source: { kind: 'bytes' } }], usage: null, reportedCostUsd: null },
    });
  });

  it.each([
    [fixtureJson('fireworks', 'image-filtered.json'), 'moderation'],
    [fixtureJson('fireworks', 'image-empty.json'), 'empty'],
    [{}, 'empty'],
    [null, 'transient'],
  ])('%j is %s', (body, kind) => expect(fireworksImageAnswer(body)).toMatchObject({ failure: { kind } }));
});

describe('a job', () => {
  it('has a name', () => {
    expect(readRequestId(fixtureJson('fireworks', 'accepted.json'))).toBe('9c2a4f7e');
    expect(readRequestId({})).toBeNull();
  });

  it.each([
    ['pending.json', { running: true }],
    ['ready.json', { running: false, outcome: { value: { images: [{ source: { kind: 'url' } }] } } }],
    ['ready-nothing.json', { running: false, outcome: { failure: { kind: 'empty' } } }],
    ['moderated.json', { running: false, outcome: { failure: { kind: 'moderation' } } }],
    ['failed.json', { running: false, outcome: { failure: { kind: 'transient' } } }],
  ])('%s is read', (name, news) => {
    expect(readJobState(fixtureJson('fireworks', name))).toMatchObject({ ok: true, value: news });
  });
});
