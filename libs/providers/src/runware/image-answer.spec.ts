import { anImageRequest } from '@lumenfall/testing';
import { fixtureJson } from '../contract/replay-server.js';
import { readRunwareRefusal } from './errors.js';
import { runwareImageAnswer } from './image-answer.js';
import { runwareTask } from './image-request.js';

describe('runwareImageAnswer', () => {
  it('adds up what its pictures cost', () => {
    expect(runwareImageAnswer(fixtureJson('runware', 'images.json'), [])).toMatchObject({
      value: { images: [{ source: { kind: 'url' } }, { source: { kind: 'url' } }], reportedCostUsd: '0.0076' },
    });
  });

  it('takes what was made where something was not', () => {
    expect(runwareImageAnswer(fixtureJson('runware', 'images-and-error.json'), [])).toMatchObject({
      value: { images: [{}], reportedCostUsd: '0.0038' },
    });
  });

  it.each([
    ['error-content.json', 'moderation'],
    ['images-nsfw.json', 'moderation'],
    ['error-provider.json', 'transient'],
    ['error-parameter.json', 'client'],
    ['nothing.json', 'empty'],
  ])('takes %s for %s', (name, kind) => {
    expect(runwareImageAnswer(fixtureJson('runware', name), [])).toMatchObject({ failure: { kind } });
  });
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

  it('is of the kind that the request is, and asks for its cost', () => {
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
