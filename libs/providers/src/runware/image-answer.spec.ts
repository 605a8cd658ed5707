import { anImageRequest } from '@lumenfall/testing';
import { clientWith } from '../contract/call-context.js';
import { fixtureJson } from '../contract/replay-server.js';
import { readRunwareRefusal } from './errors.js';
import { runwareImageAnswer } from './image-answer.js';
import { runwareTask } from './image-request.js';

const http = clientWith(readRunwareRefusal);

describe('runwareImageAnswer', () => {
  it('adds up the cost of the images', () => {
    expect(runwareImageAnswer(fixtureJson('runware', 'images.json'), http)).toMatchObject({
      value: { images: [{ source: { kind: 'url' } }, { source: { kind: 'url' } }], reportedCostUsd: '0.0076' },
    });
  });

  it('delivers the images that were made if others failed', () => {
    expect(runwareImageAnswer(fixtureJson('runware', 'images-and-error.json'), http)).toMatchObject({
      value: { images: [{}], reportedCostUsd: '0.0038' },
    });
  });

  it.each([
    ['error-content.json', 'moderation'],
    ['images-nsfw.json', 'moderation'],
    ['error-provider.json', 'transient'],
    ['error-parameter.json', 'client'],
    ['nothing.json', 'empty'],
  ])('reads %s as %s', (name, kind) => {
    expect(runwareImageAnswer(fixtureJson('runware', name), http)).toMatchObject({ error: { kind } });
  });
});

describe('runwareImageAnswer in other shapes', () => {
  it.each([
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: '0.0038', NSFWContent: 'no' }] }, '0.0038'],
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: null, seed: 'x' }] }, null],
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: 'free' }] }, null],
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: '3.8e-7' }] }, '0.00000038'],
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: -1 }] }, null],
    [{ data: [{ imageURL: 'https://a/b.jpg', cost: 1e300 }] }, null],
    [{ data: [{ imageBase64Data: 'iVBORw0KGgo=', cost: 0.1 }], errors: [] }, '0.1'],
  ])('reads %j at the cost %p', (body, reportedCostUsd) =>
    expect(runwareImageAnswer(body, http)).toMatchObject({ value: { images: [{}], reportedCostUsd } }),
  );
});

describe('readRunwareRefusal', () => {
  it.each([
    ['error-key.json', 401, 'auth'],
    ['error-credits.json', 402, 'auth'],
    ['error-content.json', 400, 'moderation'],
    ['error-parameter.json', 400, null],
  ])('reads %s', (name, status, kind) => {
    expect(readRunwareRefusal(status, fixtureJson('runware', name)).kind).toBe(kind);
  });
});

describe('runwareTask', () => {
  const callId = 'b8c4d952-7f27-4a6e-bc9a-83f01d1c6d59';
  const context = { model: 'bfl:2@1', parameters: { prompt: { as: 'positivePrompt' } }, files: [], mask: null, callId };

  it('has the type of the request’s mode, and asks for the cost', () => {
    expect(runwareTask(anImageRequest(), context)).toEqual({
      positivePrompt: 'a fox',
      taskType: 'imageInference',
      taskUUID: callId,
      model: 'bfl:2@1',
      outputType: ['URL'],
      deliveryMethod: 'sync',
      includeCost: true,
    });
    const upscale = runwareTask(anImageRequest({ mode: 'upscale', prompt: '' }), context);
    expect(upscale).toMatchObject({ taskType: 'imageUpscale' });
  });
});
