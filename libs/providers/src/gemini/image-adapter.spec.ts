import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded } from '../contract/replay-server.js';
import { gemini } from './adapter.js';

imageContract({
  provider: 'gemini',
  image: gemini.image,
  model: 'gemini-3-pro-image-preview',
  path: '/models/gemini-3-pro-image-preview:generateContent',
  key: { 'x-goog-api-key': SECRET },
  good: () => recorded('gemini', 'image.json'),
  empty: () => recorded('gemini', 'no-image.json'),
  moderated: () => recorded('gemini', 'prompt-blocked.json'),
  edit: { parameters: { image: { send: 'many' } }, mask: false },
  lost: 'transient',
});
