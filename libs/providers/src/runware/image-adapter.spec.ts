import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded } from '../contract/replay-server.js';
import { runwareImages } from './image-adapter.js';

const prompt = { as: 'positivePrompt' };

imageContract({
  provider: 'runware',
  image: runwareImages,
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
    asks: /"upscaleFactor":4/,
  },
  lost: 'transient',
});
