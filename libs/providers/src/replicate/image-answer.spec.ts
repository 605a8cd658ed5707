import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { kindOfPredictionError, readReplicateRefusal } from './errors.js';
import { readPrediction, replicateImageAnswer } from './image-answer.js';

const reading = { secrets: [], http: clientWith(readReplicateRefusal) };

describe('readReplicateRefusal', () => {
  it.each([
    [
      'error-422.json',
      422,
      { kind: null, message: 'aspect_ratio: aspect_ratio must be one of the following: "1:1", "16:9"' },
    ],
    ['error-402.json', 402, { kind: null, message: expect.stringContaining('insufficient credit') as string }],
    ['error-429.json', 429, { kind: null, retryAfterMs: 6000 }],
    ['error-429-sentence.json', 429, { kind: null, retryAfterMs: 1000 }],
  ])('reads %s', (name, status, refusal) => {
    expect(readReplicateRefusal(status, fixtureJson('replicate', name))).toMatchObject(refusal);
  });

  it.each([[null], ['Bad Gateway'], [[]], [{}]])('reads %j as an error without a kind', (body) => {
    expect(readReplicateRefusal(502, body).kind).toBeNull();
  });

  it('calls an unknown model transient, because our catalog is wrong', () =>
    expect(readReplicateRefusal(404, {}).kind).toBe('transient'));
});

describe('replicateImageAnswer', () => {
  const read = (name: string) => {
    const prediction = readPrediction(fixtureJson('replicate', name));
    return prediction === null ? null : replicateImageAnswer(prediction, reading);
  };

  it.each([
    ['succeeded-one.json', ['https://replicate.delivery/xezq/abc/out.png']],
    [
      'succeeded-many.json',
      ['https://replicate.delivery/xezq/abc/out-0.webp', 'https://replicate.delivery/xezq/abc/out-1.webp'],
    ],
  ])('delivers the files of %s', (name, urls) => {
    expect(read(name)).toMatchObject({
      value: { images: urls.map((url) => ({ source: { kind: 'url', url } })), usage: null },
    });
  });

  it.each([
    ['succeeded-nothing.json', 'empty'],
    ['failed-flagged.json', 'moderation'],
    ['failed-nsfw.json', 'moderation'],
    ['failed-busy.json', 'transient'],
    ['aborted.json', 'transient'],
    ['canceled.json', 'transient'],
  ])('reads %s as %s', (name, kind) => expect(read(name)).toMatchObject({ error: { kind } }));

  it.each([
    ['cannot identify image file <_io.BytesIO>', 'client'],
    ['Prediction interrupted; please retry (code: PA)', 'transient'],
    ['', 'transient'],
  ])('reads the error %j as %s', (error, kind) => expect(kindOfPredictionError(error)).toBe(kind));

  it.each([[null], ['x'], [{ id: 'x' }], [{ status: 'succeeded' }]])('does not read %j as a prediction', (body) => {
    expect(readPrediction(body)).toBeNull();
  });

  it('reads files inside an object', () => {
    const prediction = readPrediction({
      id: 'a',
      status: 'succeeded',
      output: { image: 'https://a/b.png', seed: 7, text: 'hi' },
    });
    expect(prediction?.files).toEqual([{ kind: 'url', url: 'https://a/b.png' }]);
  });

  it.each([
    [{ id: 7, status: 'SUCCEEDED', output: ['https://a/b.png'], metrics: 'n/a' }],
    [{ id: 'a', status: 'completed', output: { images: [{ url: 'https://a/b.png' }] }, urls: 3 }],
    [{ id: 'a', status: 'Success', output: 'https://a/b.png', logs: 3, error: {} }],
  ])('reads the file of %j', (body) => {
    const prediction = readPrediction(body);
    expect(prediction && replicateImageAnswer(prediction, reading)).toMatchObject({
      value: { images: [{ source: { kind: 'url', url: 'https://a/b.png' } }] },
    });
  });

  it.each([
    [{ id: 'a', status: 'FAILED', error: { message: 'NSFW content detected' } }, 'moderation'],
    [{ id: 'a', status: 'moderated' }, 'moderation'],
    [{ id: 'a', status: 'succeeded', output: null, error: 'flagged as sensitive (E005)' }, 'moderation'],
    [{ id: 'a', status: 'Canceled' }, 'transient'],
  ])('reads %j as %s', (body, kind) => {
    const prediction = readPrediction(body);
    expect(prediction && replicateImageAnswer(prediction, reading)).toMatchObject({ error: { kind } });
  });

  it('keeps a prediction with an unknown status running', () =>
    expect(readPrediction({ id: 'a', status: 'warming' })).toMatchObject({ state: 'running' }));
});
