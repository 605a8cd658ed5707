import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded } from '../contract/replay-server.js';
import { vertex } from './adapter.js';

imageContract({
  provider: 'vertex',
  image: vertex.image,
  model: 'gemini-3-pro-image-preview',
  path: '/publishers/google/models/gemini-3-pro-image-preview:generateContent',
  key: { 'x-goog-api-key': SECRET },
  good: () => recorded('vertex', 'image.json'),
  empty: () => recorded('vertex', 'no-image.json'),
  moderated: () => recorded('vertex', 'prompt-blocked.json'),
  edit: { parameters: { image: { send: 'many' } }, mask: false },
  lost: 'transient',
});
