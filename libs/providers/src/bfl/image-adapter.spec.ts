import { SECRET } from '../contract/call-context.js';
import { bflSays } from '../contract/bfl-script.js';
import { imageContract } from '../contract/image-contract.js';
import { bflImages } from './image-adapter.js';

imageContract({
  provider: 'bfl',
  image: bflImages,
  model: 'flux-2-pro',
  path: '/flux-2-pro',
  key: { 'x-key': SECRET },
  good: bflSays('ready.json'),
  empty: bflSays('ready-nothing.json'),
  moderated: bflSays('request-moderated.json'),
  edit: { parameters: { image: { as: 'input_image', send: 'numbered' }, mask: {} }, mask: true },
  lost: 'ambiguous',
  leadsTo: (elsewhere) => (request) =>
    request.method === 'POST'
      ? { body: JSON.stringify({ id: 'x', polling_url: `${elsewhere}/get_result?id=x` }) }
      : { status: 500 },
});
