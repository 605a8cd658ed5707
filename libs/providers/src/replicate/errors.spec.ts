import { fixtureJson } from '../contract/replay-server.js';
import { kindOfPredictionError, readReplicateRefusal } from './errors.js';
import { replicateImageAnswer } from './image-answer.js';
import { readPrediction } from './prediction.js';

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

  it.each([[null], ['Bad Gateway'], [[]], [{}]])('survives %j', (body) => {
    expect(readReplicateRefusal(502, body).kind).toBeNull();
  });

  it('takes an unknown model for our mistake', () => expect(readReplicateRefusal(404, {}).kind).toBe('transient'));
});

describe('a prediction that ended', () => {
  const read = (name: string) => {
    const prediction = readPrediction(fixtureJson('replicate', name));
    return prediction === null ? null : replicateImageAnswer(prediction, []);
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
  ])('takes %s for %s', (name, kind) => expect(read(name)).toMatchObject({ failure: { kind } }));

  it.each([
    ['cannot identify image file <_io.BytesIO>', 'client'],
    ['Prediction interrupted; please retry (code: PA)', 'transient'],
    ['', 'transient'],
  ])('takes the error %j for %s', (error, kind) => expect(kindOfPredictionError(error)).toBe(kind));

  it.each([[null], ['x'], [{ id: 'x' }], [{ status: 'succeeded' }]])('is not %j', (body) => {
    expect(readPrediction(body)).toBeNull();
  });

  it('takes files out of an object', () => {
    const prediction = readPrediction({
      id: 'a',
      status: 'succeeded',
      output: { image: 'https://a/b.png', seed: 7, text: 'hi' },
    });
    expect(prediction?.files).toEqual(['https://a/b.png']);
  });
});
