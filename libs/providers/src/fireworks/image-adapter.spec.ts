import { SECRET } from '../contract/call-context.js';
import { imageContract } from '../contract/image-contract.js';
import { recorded, type Heard, type Reply } from '../contract/replay-server.js';
import { fireworksImages } from './image-adapter.js';

const key = { authorization: `Bearer ${SECRET}`, accept: 'application/json' };
const jobSays =
  (state: string) =>
  (request: Heard): Reply =>
    recorded('fireworks', request.path.endsWith('/get_result') ? state : 'accepted.json');

describe('a workflow', () =>
  imageContract({
    provider: 'fireworks',
    image: fireworksImages,
    model: 'accounts/fireworks/models/flux-1-dev-fp8',
    path: '/workflows/accounts/fireworks/models/flux-1-dev-fp8/text_to_image',
    key,
    good: () => recorded('fireworks', 'image.json'),
    empty: () => recorded('fireworks', 'image-empty.json'),
    moderated: () => recorded('fireworks', 'image-filtered.json'),
    lost: 'transient',
  }));

describe('a job', () =>
  imageContract({
    provider: 'fireworks',
    image: fireworksImages,
    model: 'accounts/fireworks/models/flux-kontext-pro',
    path: '/workflows/accounts/fireworks/models/flux-kontext-pro',
    key,
    good: jobSays('ready.json'),
    empty: jobSays('ready-nothing.json'),
    moderated: jobSays('moderated.json'),
    edit: { parameters: { image: { as: 'input_image', send: 'numbered' } }, mask: false },
    lost: 'ambiguous',
  }));
